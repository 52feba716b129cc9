import DevCluster
import Foundation
import PQClient
import TestSupport
import Testing

@testable import RaceLab

/// The gate module, built once for the tests.
enum Gate {
    static let module = Task {
        try await blocking {
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../extension/gate/build.sh")
            let folder = "/tmp/dfm-\(UInt32.random(in: 0...UInt32.max))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let cluster = try await LabCluster.get()
            let process = Process()
            process.executableURL = script.standardizedFileURL
            process.arguments = [folder, "\(cluster.bindir ?? "/usr/bin")/pg_config"]
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw RaceError("the gate module was not built") }
            return "\(folder)/domainflow_gate.so"
        }
    }
}

@Suite(.serialized, .blocking, .timeLimit(.minutes(3))) struct ExplorerTests {
    private func explorer(_ change: (inout Explorer.Options) -> Void = { _ in }, gates: Bool = true) async throws -> Explorer {
        try await TestExplorer.make(gates: gates, change)
    }

    /// Each is found, made small, comes back every time, and can be shown without the gate module.
    @Test(arguments: ["lost_update", "write_skew", "double_claim", "forked_token", "skipped_event"])
    func findsTheRaceOfEachExample(name: String) async throws {
        let scenario = try ScenarioLibrary.find("example/\(name)")
        let explorer = try await explorer()
        let report = try await explorer.run(scenario)
        let finding = try #require(report.finding)
        #expect(report.gates != .steps && report.inconclusive == 0 && !report.held)
        #expect(finding.reproduced == finding.repetitions && finding.preemptions == 1)
        #expect(scenario.sessions.map(\.steps.count).reduce(0, +) - finding.leftOut.count <= 3)
        let again = try await explorer.replay(finding.token, of: scenario)
        #expect(again?.violation == finding.violation)
        try await explorer.finish()

        // The file runs on a server without gates, and its last step shows what is wrong.
        let databases = ScratchDatabases(server: try await LabCluster.get().url)
        let conninfo = try await databases.create(empty: true).conninfo
        let spec = finding.spec(of: scenario)
        let run = try await SpecRun.run(try Scenario(name: name, file: name, text: spec), conninfo: conninfo)
        let shown = run.transcript.components(separatedBy: "step look: ").last ?? ""
        #expect(run.isComplete && shown.contains(name == "lost_update" ? "\n      1\n" : "(1 row)"), "\(spec)\n\(run.transcript)")
        try await databases.dropAll()
        #expect(finding.diagram(of: scenario).contains("-> "))
        #expect(finding.script(of: scenario).contains("-- Window"))
        // What each move committed is in the picture.
        #expect(finding.diagram(of: scenario).contains("(by transaction "))
        let page = ExplorationHTML.page([(report, scenario)])
        #expect(page.contains("committed rows") && page.contains(finding.token) && !page.contains("<no name>"))
    }

    private static let locked = """
        setup {
            CREATE TABLE account (id int PRIMARY KEY, balance int);
            INSERT INTO account VALUES (1, 0);
            CREATE FUNCTION deposit(amount int) RETURNS int LANGUAGE plpgsql AS $$
            DECLARE b int;
            BEGIN
                SELECT balance INTO b FROM account WHERE id = 1 FOR UPDATE;
                b := b + amount;
                UPDATE account SET balance = b WHERE id = 1;
                RETURN b;
            END $$;
        }
        reset { UPDATE account SET balance = 0 }
        session s times 2 step deposit { SELECT deposit(1); }
        observe { SELECT balance FROM account }
        expect serial
        mutant "no lock" in public.deposit replace 'FOR UPDATE' with ''
        """

    private func scenario(_ text: String) throws -> Scenario { try TestExplorer.scenario(text) }

    @Test func aCorrectFunctionIsExploredToTheEnd() async throws {
        let explorer = try await explorer()
        let report = try await explorer.run(try scenario(Self.locked))
        #expect(report.held && report.isExhaustive && report.schedules >= 6)
        let mutated = try scenario(Self.locked)
        #expect(try await explorer.run(mutated, mutant: mutated.mutants[0]).finding?.violation == .notSerial)
        #expect(try await explorer.run(try scenario(Self.locked + "\nexpect nonblocking")).finding?.violation == .waited)
        try await explorer.finish()
    }

    /// Without the module triggers stop sessions before they write: enough for the examples whose race is between a read and a write.
    @Test(arguments: ["lost_update", "write_skew", "double_claim", "forked_token"])
    func withoutTheModuleTriggersFindIt(name: String) async throws {
        let scenario = try ScenarioLibrary.find("example/\(name)")
        let explorer = try await explorer(gates: false)
        let report = try await explorer.run(scenario)
        let finding = try #require(report.finding)
        #expect(report.gates == .writes && finding.reproduced == finding.repetitions && report.inconclusive == 0)
        #expect(finding.token.hasSuffix("+writes"))
        #expect(try await explorer.replay(finding.token, of: scenario)?.violation == finding.violation)
        try await explorer.finish()
        let databases = ScratchDatabases(server: try await LabCluster.get().url)
        let conninfo = try await databases.create(empty: true).conninfo
        let run = try await SpecRun.run(try Scenario(name: name, file: name, text: finding.spec(of: scenario)), conninfo: conninfo)
        let shown = run.transcript.components(separatedBy: "step look: ").last ?? ""
        #expect(run.isComplete && shown.contains(name == "lost_update" ? "\n      1\n" : "(1 row)"), "\(run.transcript)")
        try await databases.dropAll()
    }

    @Test func triggersAccuseNobodyWrongly() async throws {
        let explorer = try await explorer(gates: false)
        let report = try await explorer.run(try scenario(Self.locked))
        #expect(report.held && report.isExhaustive && report.gates == .writes && report.schedules > 2, "\(report)")
        try await explorer.finish()
    }

    /// With neither, steps are the grain: a race inside a function is not seen, and that is said.
    @Test func withoutGatesStepsAreTheGrain() async throws {
        let explorer = try await explorer({ $0.usesTriggers = false }, gates: false)
        let report = try await explorer.run(try ScenarioLibrary.find("example/lost_update"))
        #expect(report.held && report.gates == .steps && report.schedules == 2 && report.isExhaustive)
        let steps = """
            setup { CREATE TABLE account (id int PRIMARY KEY, balance int); INSERT INTO account VALUES (1, 0); }
            reset { UPDATE account SET balance = 0 }
            session s times 2
            setup { SET race.balance = ''; }
            step begin { BEGIN; SELECT set_config('race.balance', balance::text, false) FROM account; }
            step write { UPDATE account SET balance = current_setting('race.balance')::int + 1; COMMIT; }
            invariant "both are there" { SELECT balance FROM account WHERE balance <> 2 }
            """
        let found = try await explorer.run(try scenario(steps))
        #expect(found.finding?.violation == .invariant("both are there") && found.finding?.preemptions == 1)
        try await explorer.finish()
    }

    /// The server ends a deadlock; who is refused may try again, and what is left must be serial.
    @Test func deadlocksAreFoundUnlessTheyAreExpected() async throws {
        let crossed = """
            setup {
                CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0);
                CREATE FUNCTION cross_over(a int, b int) RETURNS int LANGUAGE plpgsql AS $$
                BEGIN
                    UPDATE t SET n = n + 1 WHERE id = a;
                    UPDATE t SET n = n + 1 WHERE id = b;
                    RETURN 1;
                END $$;
            }
            reset { UPDATE t SET n = 0 }
            session one step one { SELECT cross_over(1, 2); }
            session two step two { SELECT cross_over(2, 1); }
            observe { SELECT * FROM t }
            expect serial
            """
        let explorer = try await explorer()
        let finding = try #require(try await explorer.run(try scenario(crossed)).finding)
        let diagram = finding.diagram(of: try scenario(crossed))
        #expect(finding.violation == .error("40P01") && diagram.contains("waits for a lock"))
        let expected = try await explorer.run(try scenario(crossed + "\nexpect \"40P01\""))
        #expect(expected.held && expected.isExhaustive)
        try await explorer.finish()
    }

    /// Making a finding smaller may leave out the step that commits: then the session's locks must not hold up what comes next.
    @Test func aTransactionWhoseEndIsLeftOutIsRolledBack() async throws {
        let explorer = try await explorer(gates: false)
        let finding = try await explorer.run(
            try scenario(
                """
                setup { CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0); }
                reset { UPDATE t SET n = 0 }
                session s times 2
                step write { BEGIN; UPDATE t SET n = n + 1 WHERE id = 1; }
                step commit { COMMIT; }
                expect nonblocking
                """)
        ).finding
        #expect(finding?.violation == .waited && finding?.reproduced == finding?.repetitions)
        try await explorer.finish()
    }

    @Test func whatCannotBeExploredIsSaid() async throws {
        let explorer = try await explorer()
        for (text, message) in [
            ("operation a { SELECT 1 } invariant i { SELECT 1 WHERE false }", "has no sessions to explore"),
            ("session a step x { SELECT 1 }", "promises nothing"),
            ("setup { SELECT 1 } session a step x { SELECT 1 } expect serial", "needs a reset"),
            ("session a step x { SELECT 1 } invariant i { SELECT nothing }", "column \"nothing\" does not exist"),
            ("session a setup { SELECT nothing } step x { SELECT 1 } expect serial", "setup of session a failed"),
        ] {
            do {
                _ = try await explorer.run(try scenario(text))
                Issue.record("accepted: \(text)")
            } catch {
                #expect("\(error)".contains(message), "\(error)")
            }
        }
        try await explorer.finish()
    }

    @Test func aSessionThatIsLostOrStuckIsNoPass() async throws {
        let explorer = try await explorer { $0.seconds = 5 }
        await #expect(throws: RaceError.self) {
            try await explorer.run(
                try self.scenario("session a step x { SELECT pg_terminate_backend(pg_backend_pid()); } expect serial"))
        }
        try await explorer.finish()
    }
}
