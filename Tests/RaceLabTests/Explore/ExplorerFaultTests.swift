import DevCluster
import Foundation
import TestSupport
import Testing

@testable import RaceLab

/// Faults, isolation levels, relaxations and rows. What a fault must find and what it must leave alone stand side by side.
@Suite(.serialized, .blocking, .timeLimit(.minutes(3))) struct ExplorerFaultTests {
    private func explore(
        _ text: String, on cluster: DevCluster? = nil, _ change: (inout Explorer.Options) -> Void = { _ in }
    ) async throws -> (report: ExplorationReport, again: RaceFinding?) {
        var options = Explorer.Options(seed: 1)
        options.gateModule = try await Gate.module.value
        if cluster == nil { options.template = try await LabCluster.template() }
        change(&options)
        let server = if let cluster { cluster } else { try await LabCluster.get() }
        let explorer = Explorer(server: server.url, options: options)
        let scenario = try Scenario(name: "test", file: "test.spec", text: text)
        let report = try await explorer.run(scenario)
        let again = try await report.finding.asyncMap { try await explorer.replay($0.token, of: scenario) } ?? nil
        try await explorer.finish()
        return (report, again)
    }

    private static let accounts = """
        rows 8
        reset { TRUNCATE account; INSERT INTO account SELECT g, 100 FROM generate_series(1, :rows) AS g; }
        invariant "no money is lost" { SELECT sum(balance) FROM account HAVING sum(balance) <> 100 * count(*) }
        explore seconds 30
        """
    private static let whole =
        accounts + """
            setup {
                CREATE TABLE account (id int PRIMARY KEY, balance int);
                CREATE FUNCTION transfer(f int, t int, amount int) RETURNS int LANGUAGE plpgsql AS $$
                BEGIN
                    UPDATE account SET balance = balance - amount WHERE id = f;
                    UPDATE account SET balance = balance + amount WHERE id = t;
                    RETURN amount;
                END $$;
            }
            template move(f, t) { SELECT transfer(:f, :t, 5); }
            session a step one = move(1, 2)
            session b step two = move(2, 3)
            observe { SELECT * FROM account }
            expect serial
            """

    /// In one transaction nothing that goes wrong tears a transfer apart, and what is acknowledged is there.
    @Test func oneTransactionSurvivesEveryFault() async throws {
        let (report, _) = try await explore(
            Self.whole
                + "\nfault cancel, terminate, \"statement timeout\", \"lock timeout\", \"client death\", \"lost commit\", \"lost reply\"")
        #expect(report.held && report.isExhaustive && report.isEveryBoundaryFaulted, "\(report)")
        for fault in [InjectedFault.cancel, .terminate, .statementTimeout, .lockTimeout, .clientDeath, .lostReply] {
            #expect(report.injected[fault, default: 0] > 0, "\(fault)")
        }
    }

    /// In two transactions it does not, whichever fault it is.
    @Test(arguments: [InjectedFault.cancel, .terminate, .statementTimeout]) func twoTransactionsAreTornApart(fault: InjectedFault)
        async throws
    {
        let torn =
            Self.accounts + """
                setup {
                    CREATE TABLE account (id int PRIMARY KEY, balance int);
                    CREATE PROCEDURE transfer(f int, t int) LANGUAGE plpgsql AS $$
                    BEGIN
                        UPDATE account SET balance = balance - 5 WHERE id = f;
                        COMMIT;
                        UPDATE account SET balance = balance + 5 WHERE id = t;
                    END $$;
                }
                session a step one { CALL transfer(1, 2); }
                fault "\(fault.rawValue)"
                """
        let (report, again) = try await explore(torn)
        let finding = try #require(report.finding)
        #expect(finding.violation == .invariant("no money is lost") && finding.injection?.fault == fault)
        #expect(finding.reproduced == finding.repetitions && again?.violation == finding.violation)
        #expect(finding.diagram(of: try Scenario(name: "t", file: "t", text: torn)).contains("FAULT: \(fault.rawValue)"))
    }

    /// COMMIT that does not arrive, and the answer to one that does: the first leaves nothing, and a client that tries again after
    /// either must not do it twice.
    @Test func lostCommitsAndRepliesAreUnknown() async throws {
        let steps = """
            setup { CREATE TABLE t (n int) }
            reset { TRUNCATE t }
            session a step begin { BEGIN; INSERT INTO t VALUES (1); } step commit { COMMIT; }
            session b step look { SELECT count(*) FROM t; }
            observe { SELECT * FROM t }
            expect serial
            fault "lost commit", "lost reply", "client death"
            """
        let (report, _) = try await explore(steps)
        #expect(report.held && report.isEveryBoundaryFaulted)
        #expect(report.injected[.lostCommit, default: 0] > 0 && report.injected[.lostReply, default: 0] > 0)
        let (promised, _) = try await explore(steps + "\ninvariant \"it is there\" { SELECT 1 WHERE NOT EXISTS (SELECT FROM t) }")
        #expect(promised.finding?.injection != nil)
    }

    /// The server recovers with what was committed, from the end of one process and of its first.
    @Test func aCrashIsRecoveredFrom() async throws {
        let cluster = try await blocking { try DevCluster.temporary() }
        let (report, _) = try await explore(Self.whole + "\nfault \"backend kill\", \"server kill\"", on: cluster) {
            $0.jobs = 1
            $0.seconds = 90
            $0.crashServer = {
                try cluster.kill9()
                try cluster.start()
            }
        }
        try await blocking { try cluster.stop(.immediate) }
        #expect(report.held && report.injected[.backendKill, default: 0] >= 4, "\(report)")
        #expect(report.injected[.serverKill] == report.injected[.backendKill])
    }

    @Test func serializableEndsWriteSkew() async throws {
        let example = try ScenarioLibrary.find("example/write_skew")
        var options = Explorer.Options(seed: 1)
        options.template = try await LabCluster.template()
        options.gateModule = try await Gate.module.value
        let explorer = Explorer(server: try await LabCluster.get().url, options: options)
        var held: [Bool] = []
        for level in ["read committed", "repeatable read", "serializable"] {
            var scenario = example
            scenario.isolations = [level]
            let report = try await explorer.run(scenario)
            #expect(report.isolation == level)
            held.append(report.held)
        }
        try await explorer.finish()
        #expect(held == [false, false, true])
    }

    /// A claim that skips what another session has locked finds nothing, in no serial order.
    @Test func aSkippingClaimMayBeEmpty() async throws {
        let claim = """
            setup {
                CREATE TABLE job (id int PRIMARY KEY, worker int);
                CREATE FUNCTION claim(w int) RETURNS TABLE (id int, at timestamptz) LANGUAGE plpgsql AS $$
                DECLARE v int;
                BEGIN
                    SELECT j.id INTO v FROM job AS j WHERE j.worker IS NULL ORDER BY j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
                    IF v > 1 THEN RETURN; END IF;
                    UPDATE job AS j SET worker = w WHERE j.id = v AND w > 0;
                    RETURN QUERY SELECT v, clock_timestamp() WHERE v IS NOT NULL;
                END $$;
            }
            reset { TRUNCATE job; INSERT INTO job VALUES (1, NULL) }
            session a step nobody { SELECT * FROM claim(0); }
            session b step claim { SELECT * FROM claim(2); }
            observe { SELECT * FROM job }
            """
        #expect(try await explore(claim + "\nexpect serial ignoring at").report.finding?.violation == .notSerial)
        let (report, _) = try await explore(claim + "\nexpect serial ignoring at allowing empty claim, nobody")
        #expect(report.held && report.isExhaustive)
        // With the time compared no order is the same.
        #expect(try await explore(claim + "\nexpect serial allowing empty claim, nobody").report.finding?.violation == .notSerial)
    }

    /// Steps that say what they read and wrote are checked for Adya's anomalies, and the cycle is named by their steps.
    @Test func checksNameTheAnomaly() async throws {
        let skew = """
            setup {
                CREATE TABLE doctor (id int PRIMARY KEY, version int);
                CREATE FUNCTION leave(d int) RETURNS TABLE (race_key int, race_read int, race_write int) LANGUAGE plpgsql AS $$
                DECLARE v int[];
                BEGIN
                    v := ARRAY(SELECT version FROM doctor ORDER BY id);
                    UPDATE doctor SET version = version + 1 WHERE id = d;
                    RETURN QUERY SELECT i, v[i], CASE WHEN i = d THEN v[i] + 1 END FROM generate_series(1, 2) AS i;
                END $$;
            }
            reset { TRUNCATE doctor; INSERT INTO doctor VALUES (1, 1), (2, 1) }
            session d times 2 step leave { SELECT * FROM leave(:session); }
            """
        let (report, again) = try await explore(skew + "\ncheck serializable")
        let finding = try #require(report.finding)
        #expect(finding.violation == .anomaly("serializable", "G2-item") && again?.violation == finding.violation)
        #expect(finding.detail.contains("is leave1") && finding.detail.contains("is leave2"), "\(finding.detail)")
        #expect(try await explore(skew + "\ncheck \"repeatable read\", versions, linearizable").report.held)
        #expect(try await explore(skew + "\ncheck serializable\nisolation serializable").report.held)
        // Steps that say nothing cannot be checked, and that is no pass.
        await #expect(throws: RaceError.self) {
            try await explore("session a step x { SELECT 1; } check serializable")
        }
    }

    @Test func rowsAreShrunkToo() async throws {
        let scenario = """
            rows 16
            setup { CREATE TABLE account (id int PRIMARY KEY, balance int);
              CREATE FUNCTION deposit(k int) RETURNS void LANGUAGE plpgsql AS $$
              DECLARE b int;
              BEGIN
                SELECT balance INTO b FROM account WHERE id = k;
                UPDATE account SET balance = b + 1 WHERE id = k;
              END $$; }
            reset { TRUNCATE account; INSERT INTO account SELECT g, 0 FROM generate_series(1, :rows) AS g; }
            session s times 2 step deposit { SELECT deposit(2); }
            observe { SELECT * FROM account WHERE id = 2 }
            expect serial
            """
        let (report, again) = try await explore(scenario)
        #expect(report.finding?.rows == 2 && report.finding?.token.hasSuffix("@2") == true && again?.violation == .notSerial)
        #expect(report.finding?.reproduced == 20)
    }
}

extension Optional {
    fileprivate func asyncMap<T>(_ body: (Wrapped) async throws -> T) async rethrows -> T? {
        if let self { try await body(self) } else { nil }
    }
}
