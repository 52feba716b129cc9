import DevCluster
import Foundation
import PQClient
import TestSupport
import Testing

@testable import RaceLab

/// A counter with its protection, and ways to take that away.
private let counter = """
    # Increments of a counter are never lost.
    connections 8
    rows 2
    setup {
        CREATE TABLE public.counter (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0);
        INSERT INTO public.counter (id) VALUES (1), (2);
        CREATE FUNCTION public.add_one(p_id int) RETURNS TABLE (success boolean, n bigint) LANGUAGE plpgsql AS $$
        DECLARE v bigint;
        BEGIN
            SELECT c.n INTO v FROM public.counter c WHERE c.id = p_id FOR UPDATE;
            UPDATE public.counter c SET n = v + 1 WHERE c.id = p_id;
            RETURN QUERY SELECT true, v + 1;
        END $$;
        CREATE FUNCTION public.refuse() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION USING ERRCODE = 'DF304', MESSAGE = 'taken'; END $$;
    }
    operation "add" weight 8 let k = random(1, rows) capture done { SELECT success, n, :k::int AS k FROM public.add_one(:k::int) }
    operation "add and roll back" weight 2 { BEGIN; SELECT * FROM public.add_one(:random(1, :rows)::int); ROLLBACK }
    operation "in order" { BEGIN; SELECT public.add_one(1); SELECT public.add_one(2); ROLLBACK }
    operation "look back" take 3 done into seen { SELECT unnest(:done.k::int[]), :client::int, :worker::text }
    operation "look again" peek seen { SELECT :seen.n::bigint }
    operation "refuse" clients 2 expect "DF304" { SELECT public.refuse() }
    settle { CREATE TABLE public.settled AS SELECT sum(n) AS n FROM public.counter }
    teardown { DROP TABLE public.settled }
    invariant "nothing acknowledged is lost" {
        SELECT c.id, c.n, h.n AS acknowledged
          FROM public.counter c
          JOIN (SELECT (args->>'k')::int AS id, count(*) AS n FROM race.history WHERE op = 'add' AND outcome = 'ok' GROUP BY 1) h USING (id)
         WHERE c.n <> h.n
    }
    invariant "no number is given out twice" {
        SELECT args->>'k', result->0->>'n' FROM race.history WHERE op = 'add' AND outcome = 'ok' GROUP BY 1, 2 HAVING count(*) > 1
    }
    invariant "refusals are refusals" { SELECT 1 FROM race.history WHERE op = 'refuse' AND sqlstate IS DISTINCT FROM 'DF304' }
    invariant "it was settled" { SELECT 1 FROM public.settled WHERE n IS NULL }
    tally "increments" {
        SELECT (SELECT count(*) FROM race.history WHERE op = 'add' AND outcome = 'ok') AS acknowledged, sum(n) AS present FROM public.counter
    }
    mutant "no row lock" in public.add_one replace ' FOR UPDATE' with ''
    mutant "stale" in public.add_one replace 'no such text' with ''
    mutant "no such function" in public.nothing replace 'a' with 'b'
    mutant "without the table" { DROP TABLE public.counter }
    """

@Suite(.serialized)
struct HammerTests {
    let cluster: DevCluster
    let folder = FileManager.default.temporaryDirectory.appending(path: "race-\(UUID().uuidString)")

    init() async throws { cluster = try await SharedCluster.get() }

    private func hammer(_ text: String = counter, mutant: String? = nil, change: (inout Hammer.Options) -> Void = { _ in }) async throws
        -> RaceReport
    {
        var options = Hammer.Options(seed: 42, historyFolder: folder)
        options.seconds = 0.6
        change(&options)
        let scenario = try Scenario(name: "test/counter", file: "counter.spec", text: text)
        let hammer = Hammer(server: cluster.url, options: options)
        let result = await Result.async {
            try await hammer.run(scenario, mutant: mutant.map { name in try #require(scenario.mutants.first { $0.name == name }) })
        }
        try await hammer.finish()
        return try result.get()
    }

    @Test func correctCodeHoldsAndEverythingIsCounted() async throws {
        let report = try await hammer()
        #expect(report.held, "\(report.reasons)")
        #expect(report.count > 0 && report.connections == 8 && report.seed == 42)
        #expect(report.acknowledged == report.present && report.acknowledged > 0 && report.unknown == 0)
        let add = try #require(report.operations.first { $0.name == "add" })
        #expect(add.p50 > 0 && add.p50 <= add.p95 && add.p95 <= add.p99 && add.p99 <= add.max)
        #expect(report.conflicts == report.operations.first { $0.name == "refuse" }?.count)
        var lines = 0
        var perClient: [Int: Int] = [:]
        for line in try LineReader(path: report.history) {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let client = try #require(object["client"] as? Int)
            #expect(object["seq"] as? Int == perClient[client, default: 0])
            perClient[client, default: 0] += 1
            lines += 1
        }
        #expect(lines == report.count && perClient.count == 8)
        let json = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(report)) as? [String: Any]
        #expect(json?["held"] as? Bool == true && json?["acknowledged"] as? Int == report.acknowledged)
    }

    @Test func aMutantIsKilled() async throws {
        let report = try await hammer(mutant: "no row lock")
        #expect(!report.held && report.violations > 0)
        let lost = try #require(report.invariants.first)
        #expect(lost.violations > 0 && lost.samples[0].contains("acknowledged"))
        #expect(report.tallies[0].missing > 0)
        #expect(report.reasons.contains { $0.hasPrefix("nothing acknowledged is lost") })
    }

    /// Two orders of the same locks.
    @Test func aDeadlockSaysWhereItStruck() async throws {
        let report = try await hammer(
            """
            connections 2
            setup { CREATE TABLE public.pair (id int PRIMARY KEY); INSERT INTO public.pair VALUES (1), (2) }
            operation "up" { BEGIN; SELECT id FROM public.pair WHERE id = 1 FOR UPDATE; SELECT pg_sleep(0.01); SELECT id FROM public.pair WHERE id = 2 FOR UPDATE; COMMIT }
            operation "down" { BEGIN; SELECT id FROM public.pair WHERE id = 2 FOR UPDATE; SELECT pg_sleep(0.01); SELECT id FROM public.pair WHERE id = 1 FOR UPDATE; COMMIT }
            invariant "each deadlock is told" {
                SELECT op, retried, deadlocks FROM race.history
                 WHERE array_length(array_positions(retried, '40P01'), 1) IS DISTINCT FROM array_length(deadlocks, 1)
            }
            invariant "who waited for whom, and where" {
                SELECT told FROM race.history, unnest(deadlocks) AS told
                 WHERE told NOT LIKE '%waits for ShareLock on transaction%while locking tuple%in relation "pair"%'
            }
            tally "there was one" { SELECT 1 AS acknowledged, LEAST(1, count(*)) AS present FROM race.history WHERE deadlocks <> '{}' }
            """
        ) { $0.seconds = 2 }
        #expect(report.held, "\(report.reasons)")
    }

    @Test func anUnexpectedAnswerIsAFailure() async throws {
        let report = try await hammer(counter.replacing(" expect \"DF304\"", with: ""))
        #expect(!report.held && report.failures.contains { $0.sqlState == "DF304" && $0.operation == "refuse" && $0.count > 0 })
    }

    @Test(arguments: ["stale": "no longer contains 'no such text'", "no such function": "there is no function public.nothing"])
    func aMutantThatDoesNotFitIsAnError(mutant: String, message: String) async throws {
        do {
            _ = try await hammer(mutant: mutant)
            Issue.record("applied")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test(arguments: [
        (
            "invariant \"it was settled\" { SELECT 1", "invariant \"it was settled\" { SELEC 1",
            "invariant 'it was settled' is not a query that runs"
        ),
        ("sum(n) AS present FROM", "sum(n) AS presents FROM", "present"),
        ("setup {", "setup { SELECT nope;", "setup failed"),
        ("settle {", "settle { SELECT nope;", "settle failed"),
        (":seen.n::bigint", ":seen.m::bigint", "needs column 'm'"),
    ])
    func aBrokenScenarioIsAnErrorNotAVerdict(text: String, with replacement: String, message: String) async throws {
        do {
            _ = try await hammer(counter.replacing(text, with: replacement))
            Issue.record("judged")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
        #expect(try await databases().isEmpty)
    }

    @Test func aRefusalWhileSettlingIsAFinding() async throws {
        let report = try await hammer(counter.replacing("settle { CREATE", with: "settle { SELECT public.refuse(); CREATE"))
        #expect(!report.held && report.failures.contains { $0.operation == "settle" && $0.sqlState == "DF304" })
    }

    @Test func stoppingEarlyStillJudgesAndCleansUp() async throws {
        let stop = StopFlag()
        var options = Hammer.Options(seed: 1, historyFolder: folder)
        options.seconds = 60
        options.connections = 3
        let hammer = Hammer(server: cluster.url, options: options)
        let scenario = try Scenario(name: "test/counter", file: "counter.spec", text: counter)
        let progress = RaceProgress()
        async let running = hammer.run(scenario, progress: progress, stop: stop)
        while progress.operations < 50 { try await Task.sleep(for: .milliseconds(20)) }
        stop.set()
        let report = try await running
        try await hammer.finish()
        #expect(
            report.interrupted && !report.held && !report.isBroken && report.reasons.isEmpty && report.count == progress.operations
                && report.connections == 3)
        #expect(report.conflicts == progress.conflicts && report.retries == progress.retries)
        #expect(try await databases().isEmpty)
    }

    @Test func aRunThatTestsNothingDoesNotHold() async throws {
        let refused = try await hammer(
            """
            setup { CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'DF304'; END $$; }
            operation call expect "DF304" { SELECT public.f() }
            invariant none { SELECT 1 WHERE false }
            """)
        #expect(!refused.held && !refused.isBroken && refused.reasons == ["all \(refused.count) operations were refused"])
        let empty = try await hammer(
            """
            setup { CREATE TABLE public.t (id int PRIMARY KEY, n int) }
            operation call { UPDATE public.t SET n = n + 1 }
            invariant none { SELECT * FROM public.t WHERE n < 0 }
            """)
        #expect(!empty.held && empty.rows == 0 && empty.reasons == ["no operation changed a row, and all gave the same answers"])
        // What changes no row may answer differently each time.
        let drawn = try await hammer(
            """
            setup { CREATE SEQUENCE public.s }
            operation draw { SELECT nextval('public.s') AS n }
            invariant once { SELECT result->0->>'n' FROM race.history GROUP BY 1 HAVING count(*) > 1 }
            """)
        #expect(drawn.held && drawn.rows == 0, "\(drawn.reasons)")
        let counted = try await hammer()
        #expect(counted.held && (counted.rows ?? 0) >= counted.acknowledged, "\(counted.reasons)")
    }

    @Test func serializationFailuresAreRetriedAndCounted() async throws {
        let report = try await hammer(counter.replacing("rows 2", with: "rows 2 isolation serializable"))
        #expect(report.held, "\(report.reasons)")
        #expect(report.retries > 0)
    }

    @Test func aLostConnectionEndsTheRunUnlessItIsToSurvive() async throws {
        let text = counter.replacing(
            "operation \"refuse\"",
            with:
                "operation \"end\" clients 1 { SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'domainflow race client' AND pid <> pg_backend_pid() LIMIT 2 } operation \"refuse\""
        )
        await #expect(throws: PostgresError.self) { try await hammer(text) }
        let report = try await hammer(text) { $0.surviveRestarts = true }
        #expect(report.reconnects > 0 && report.unknown > 0)
        #expect(report.failures.isEmpty, "\(report.failures)")
        #expect(report.tallies[0].missing == 0)
    }

    private func databases() async throws -> [String] {
        let connection = try await PostgresConnection.connect(cluster.url)
        let result = try await connection.query("SELECT datname FROM pg_database WHERE datname LIKE 'domainflow_race_%'")
        await connection.close()
        return try result.map { try $0.get(0) }
    }
}

/// Hand-made histories: what must be rejected and what must be accepted.
struct JudgeTests {
    private let scenario = """
        # Versions are given out once and in order.
        operation "update" { SELECT 1 }
        invariant "once" {
            SELECT result->0->>'v' FROM race.history WHERE outcome = 'ok' GROUP BY 1 HAVING count(*) > 1
        }
        invariant "in order" {
            SELECT a.client, b.client FROM race.history a JOIN race.history b
                ON a.ended_ns < b.started_ns AND (a.result->0->>'v')::int > (b.result->0->>'v')::int
        }
        tally "updates" { SELECT count(*) FILTER (WHERE outcome = 'ok') AS acknowledged, 2 AS present FROM race.history }
        """

    private func violations(in records: [(client: Int, start: UInt64, end: UInt64, version: String?, outcome: HistoryRecord.Outcome)])
        async throws -> [Int]
    {
        let databases = ScratchDatabases(server: try await SharedCluster.get().url)
        let database = try await databases.create()
        let path = FileManager.default.temporaryDirectory.appending(path: "judge-\(UUID().uuidString).jsonl").path(percentEncoded: false)
        do {
            var writer = try HistoryWriter(path: path)
            for (sequence, record) in records.enumerated() {
                try writer.append(
                    HistoryRecord(
                        client: record.client, sequence: sequence, operation: "update", startedNanoseconds: record.start,
                        endedNanoseconds: record.end, outcome: record.outcome, sqlState: record.outcome == .error ? "40001" : nil,
                        retried: ["40P01"], results: record.version.map { [ResultRows(columns: ["v"], rows: [[$0]])] } ?? []))
            }
            try writer.flush()
        }
        let connection = try await PostgresConnection.connect(database.conninfo)
        let checker = InvariantChecker(connection: connection)
        let scenario = try Scenario(name: "judge", file: "judge.spec", text: scenario)
        try await checker.load(history: path)
        try await checker.load(history: path)
        let verdict = try await checker.invariants(of: scenario).map(\.violations) + checker.tallies(of: scenario).map(\.missing)
        await connection.close()
        try await databases.dropAll()
        return verdict
    }

    @Test func acceptsWhatIsRight() async throws {
        #expect(
            try await violations(in: [(0, 1, 2, "1", .ok), (1, 3, 4, "2", .ok), (2, 3, 9, nil, .unknown), (3, 3, 9, nil, .error)]) == [
                0, 0, 0,
            ])
        // Overlapping operations may take effect in either order.
        #expect(try await violations(in: [(0, 1, 5, "2", .ok), (1, 2, 4, "1", .ok)]) == [0, 0, 0])
    }

    @Test func rejectsWhatIsWrong() async throws {
        #expect(try await violations(in: [(0, 1, 2, "1", .ok), (1, 3, 4, "1", .ok)]) == [1, 0, 0])
        #expect(try await violations(in: [(0, 1, 2, "2", .ok), (1, 3, 4, "1", .ok)]) == [0, 1, 0])
        #expect(try await violations(in: [(0, 1, 2, "1", .ok), (1, 3, 4, "2", .ok), (1, 5, 6, "3", .ok)]) == [0, 0, 1])
    }
}

/// The postmaster is killed in the middle of the hammering: what was acknowledged must still be there.
struct RestartTests {
    @Test(arguments: ["entity/lost_update", "entity/versions", "state/transition", "job/claim"])
    func nothingAcknowledgedIsLost(scenario: String) async throws {
        let cluster = try await blocking { try DevCluster.temporary() }
        defer { try? cluster.stop() }
        let folder = FileManager.default.temporaryDirectory.appending(path: "race-\(UUID().uuidString)")
        var options = Hammer.Options(seed: 3, historyFolder: folder)
        options.seconds = 3
        options.surviveRestarts = true
        let hammer = Hammer(server: cluster.url, options: options)
        let progress = RaceProgress()
        let kill = Task {
            while progress.operations < 200 { try await Task.sleep(for: .milliseconds(20)) }
            try await Task.sleep(for: .milliseconds(300))
            try await blocking {
                try cluster.kill9()
                try cluster.start()
            }
        }
        let report = try await hammer.run(try ScenarioLibrary.find(scenario), progress: progress)
        try await kill.value
        try await hammer.finish()
        #expect(report.held, "\(report.reasons)")
        #expect(report.acknowledged > 0 && report.acknowledged == report.present && report.reconnects >= 16)
    }
}
