import DevCluster
import Foundation
import TestSupport
import Testing

@testable import RaceLab

/// What isolationtester prints for the same file on the same server is what is expected.
@Suite(.serialized, .blocking, .timeLimit(.minutes(2))) struct SpecRunTests {
    private static let isolationtester = "/usr/lib/postgresql/15/lib/pgxs/src/test/isolation/isolationtester"
    private static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: isolationtester) }

    private static let specs = [
        // Waiting, errors, several results of one step, numbers and text, NULL, no rows.
        "waits": """
        setup
        {
          CREATE TABLE "it's" (id int PRIMARY KEY, note text, n numeric);
          INSERT INTO "it's" VALUES (1, 'one', 1.5), (2, NULL, -2e3), (300, 'three € 3', NULL);
        }
        setup { SELECT 'from setup' AS said; }
        teardown { DROP TABLE "it's"; SELECT 1 AS gone; }

        session s1
        setup		{ BEGIN; SET LOCAL deadlock_timeout = '100s'; SELECT 'session' AS setup; }
        step lock1	{ UPDATE "it's" SET n = 0 WHERE id = 1; }
        step both1	{ UPDATE "it's" SET n = 1 WHERE id = 2; }
        step commit1 { COMMIT; }
        step look
        {
            SELECT * FROM "it's" ORDER BY id;
            SELECT note, n FROM "it's" WHERE false;
        }

        session "s 2"
        setup { BEGIN; SET LOCAL deadlock_timeout = '10ms'; }
        step lock2 { UPDATE "it's" SET n = 0 WHERE id = 2 RETURNING id, 'E1' AS e, '1E5' AS f, n IS NULL AS "null"; }
        step both2 { UPDATE "it's" SET n = 1 WHERE id = 1; }
        step commit2 { COMMIT }
        step wrong { SELECT 1; SELECT 1/0; SELECT 2; }
        teardown { ROLLBACK; SELECT nothing; }

        permutation lock1 lock2 both1 commit2 commit1 look
        permutation lock1 both2 commit1 wrong commit2 look
        permutation commit1 wrong commit2
        """,
        // All orders, made by the runner. None of them may wait for a step that comes later.
        "all": """
        setup { CREATE TABLE t (i int); }
        teardown { DROP TABLE t; }
        session a
        step a1 { INSERT INTO t VALUES (1); }
        step a2 { SELECT * FROM t ORDER BY i; }
        session b
        step b1 { INSERT INTO t VALUES (2); }
        step b2 { DELETE FROM t; }
        session c
        step c1 { SELECT sum(i) FROM t; }
        """,
        // Markers, notices, notifications.
        "markers": """
        setup { CREATE TABLE t (i int); INSERT INTO t VALUES (1); }
        teardown { DROP TABLE t; }
        session talker
        step notice { DO $$ BEGIN RAISE NOTICE 'one' USING DETAIL = 'more'; RAISE WARNING 'two'; END $$; }
        step slow { SELECT pg_sleep(0.2), 'slow' AS said; }
        step notify { NOTIFY ears, 'hello'; NOTIFY ears; }
        step unused { SELECT 1; }
        session listener
        setup { LISTEN ears; }
        step hold { BEGIN; UPDATE t SET i = 2; }
        step hear { COMMIT; SELECT count(*) FROM t; }
        step quick { SELECT 'quick' AS said; }
        teardown { UNLISTEN *; }
        session third
        step change { UPDATE t SET i = 3; }
        step alter { ALTER TABLE t ADD COLUMN j int; }
        permutation notice notify hold hear quick
        permutation hold change(hear) hear quick alter
        permutation quick(notice notices 2) notice(*) change
        permutation hold change(*) slow hear alter(*)
        """,
        "broken": """
        setup { CREATE TABLE no_such_schema.t (i int); }
        session a step a1 { SELECT 1; }
        """,
    ]

    @Test(.enabled(if: isInstalled, "isolationtester comes with postgresql-server-dev-15"), arguments: specs.keys.sorted())
    func printsWhatIsolationtesterPrints(name: String) async throws {
        let cluster = try await LabCluster.get()
        let databases = ScratchDatabases(server: cluster.url)
        let conninfo = try await databases.create(empty: true).conninfo
        let text = try #require(Self.specs[name])
        let expected = try Self.isolationtester(text, conninfo)
        let run = try await SpecRun.run(try Scenario(name: name, file: name, text: text), conninfo: conninfo)
        #expect(run.transcript == expected)
        #expect(run.isComplete == (name != "broken"))
        try await databases.dropAll()
    }

    @Test func aWaitThatNothingEndsIsCancelled() async throws {
        let databases = ScratchDatabases(server: try await LabCluster.get().url)
        let conninfo = try await databases.create(empty: true).conninfo
        let text = "session a step a1 { SELECT pg_advisory_lock(1); } session b step b1 { SELECT pg_advisory_lock(1); } permutation a1 b1"
        let scenario = try Scenario(name: "stuck", file: "stuck", text: text)
        let transcript = try await onOwnThread {
            let runner = try PermutationRunner(scenario, conninfo: conninfo, patience: .milliseconds(200))
            try runner.run(scenario.permutations[0])
            return runner.transcript
        }
        #expect(transcript.contains("isolationtester: canceling step b1 after 0 seconds"))
        #expect(transcript.contains("ERROR:  canceling statement due to user request"))
        try await databases.dropAll()
    }

    @Test func allOrdersKeepEachSessionsOwn() {
        let orders = Array(Interleavings(counts: [2, 3, 1]))
        #expect(orders.count == 60 && Set(orders).count == 60)
        #expect(orders[0].map(\.session) == [0, 0, 1, 1, 1, 2])
        for order in orders {
            for session in 0..<3 { #expect(order.filter { $0.session == session }.map(\.index) == Array(0..<[2, 3, 1][session])) }
        }
        #expect(Array(Interleavings(counts: [3])).count == 1)
    }

    private static func isolationtester(_ text: String, _ conninfo: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: isolationtester)
        process.arguments = [conninfo]
        process.environment = ProcessInfo.processInfo.environment.merging(["PGISOLATIONTIMEOUT": "20"]) { $1 }
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        input.fileHandleForWriting.write(Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self)
    }
}
