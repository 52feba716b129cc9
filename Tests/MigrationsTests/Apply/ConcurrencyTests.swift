import Foundation
import PQClient
import Synchronization
import TestSupport
import Testing

@testable import Migrations

@Suite struct ConcurrencyTests {
    static let withIndex = [
        "0001_t.sql": "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 20000);",
        "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY t_a ON t (a);",
        "0003_u.sql": "CREATE TABLE u (a int);",
    ]

    @Test func twoRunnersOnAnEmptyDatabaseApplyEachStepOnce() async throws {
        for _ in 0..<3 {
            let database = try await TestDatabase.make()
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    group.addTask { try await database.migrator(Self.withIndex).up().map(\.id) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == ["0001_t", "0002_i", "0003_u"])
            #expect(try await database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass") == ["t"])
            #expect(try await database.events().sorted() == ["1|applied", "2|applied", "2|try", "3|applied"])
        }
    }

    @Test func aBlockedStepNamesTheBlockerAndTriesAgain() async throws {
        let database = try await TestDatabase.make()
        let blocker = try await database.connect()
        _ = try await blocker.execute("CREATE TABLE t (a int)")
        _ = try await blocker.execute("BEGIN; SELECT 'the one in the way' FROM t")
        var options = MigratorOptions()
        options.lockTimeout = "300ms"
        options.attempts = 2
        let files = ["0001_a.sql": "CREATE TABLE u (a int);\nALTER TABLE t ADD COLUMN b int;"]
        let migrator = try await database.migrator(files, options: options)
        let log = ProgressLog()
        let error = try await #require(throws: MigrationError.self) { try await migrator.up(progress: log.progress) }
        #expect(error.kind == .lock)
        #expect(error.description.contains("0001_a.sql:2: gave up after 2 attempts"), "\(error)")
        #expect(
            error.description.contains("blocked by pid \(blocker.backendPID), user") && error.description.contains("the one in the way"))
        #expect(error.description.contains("pg_terminate_backend"))
        #expect(log.blockers.first.map { $0.pid == Int(blocker.backendPID) } == true)
        #expect(try await database.rows("SELECT to_regclass('u')") == ["NULL"])
        #expect(try await database.events() == ["1|blocked", "1|blocked"])

        options.attempts = 50
        let second = ProgressLog()
        async let applied = database.migrator(files, options: options).up(progress: second.progress)
        try await second.waitUntil { $0.contains { if case .retry = $0 { true } else { false } } }
        _ = try await blocker.execute("COMMIT")
        #expect(try await applied.first.map { $0.attempts > 1 } == true)
    }

    @Test func aBusyRunnerIsWaitedForOnlySoLong() async throws {
        let database = try await TestDatabase.make()
        let holder = try await database.connect()
        _ = try await holder.execute("BEGIN; \(HistoryTables.tryLock(project: "test"))")
        var options = MigratorOptions()
        options.patience = .milliseconds(300)
        let migrator = try await database.migrator(Self.withIndex, options: options)
        let log = ProgressLog()
        let error = try await #require(throws: MigrationError.self) { try await migrator.up(progress: log.progress) }
        #expect(error.kind == .lock)
        #expect(error.description.contains("pid \(holder.backendPID)"))
        _ = try await holder.execute("COMMIT")
        #expect(try await migrator.up().count == 3)
    }

    @Test func aFailedIndexIsFoundDroppedAndBuiltAgain() async throws {
        let database = try await TestDatabase.make()
        let files = [
            "0001_t.sql": "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1);",
            "0002_i.sql": "--! transaction: no\n--! verify: SELECT true\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a);",
        ]
        let migrator = try await database.migrator(files)
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(error.description.hasPrefix("0002_i.sql:3: ERROR: could not create unique index \"t_a\" (SQLSTATE 23505)"), "\(error)")
        #expect(try await database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass") == ["f"])
        #expect(try await database.rows("SELECT outcome FROM domainflow_migrate.history WHERE id = 2") == ["no effect"])
        #expect(try await migrator.verify().map(\.kind) == [.unfinished])
        _ = try await database.rows("DELETE FROM t WHERE ctid = '(0,1)'; SELECT 1")
        let log = ProgressLog()
        #expect(try await migrator.up(progress: log.progress).map(\.id) == ["0002_i"])
        #expect(log.all.contains { if case .note(let text) = $0 { text.contains("dropping public.t_a") } else { false } })
        #expect(try await database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass") == ["t"])
        #expect(try await migrator.verify().isEmpty)
    }

    @Test func anInvalidIndexOfSomebodyElseIsNamedNotDropped() async throws {
        let database = try await TestDatabase.make()
        let files = ["0001_i.sql": "--! transaction: no\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a);"]
        _ = try await database.rows("CREATE TABLE t AS SELECT 1 AS a UNION ALL SELECT 1; SELECT 1")
        let other = try await database.connect()
        _ = try? await other.execute("CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a)")
        let migrator = try await database.migrator(files)
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(
            error.description.contains("an invalid index public.t_a already exists")
                && error.description.contains("DROP INDEX CONCURRENTLY public.t_a;"))
    }

    /// The runner's process died: its row says running, its backend is gone.
    private func die(_ database: TestDatabase, step: Step) async throws {
        let dying = try await database.connect()
        _ = try await dying.execute(
            HistoryTables.insert(project: "test", step: step, release: nil, duration: nil, outcome: .running, ownedByThisBackend: true))
        await dying.close()
        for _ in 0..<100 {
            if try await database.rows("SELECT count(*) FROM pg_stat_activity WHERE pid = \(dying.backendPID)") == ["0"] { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func aDeadRunnersIndexIsTakenOver() async throws {
        let steps = try StepSource(files: Self.withIndex).load().steps
        for built in [true, false] {
            let database = try await TestDatabase.make()
            let migrator = try await database.migrator(Self.withIndex)
            _ = try await migrator.up(target: 1)
            try await die(database, step: steps[1])
            if built { _ = try await database.rows("CREATE INDEX t_a ON t (a); SELECT 1") }
            let repaired = try await database.migrator(Self.withIndex).repair(.unfinished)
            #expect(repaired[0].contains(built ? "is in effect; recorded as done" : "does not exist; the next up builds it"))
            #expect(try await migrator.up().map(\.id) == (built ? ["0003_u"] : ["0002_i", "0003_u"]))
        }
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(Self.withIndex)
        _ = try await migrator.up(target: 1)
        try await die(database, step: steps[1])
        _ = try await database.rows("CREATE INDEX t_a ON t (a); SELECT 1")
        #expect(try await migrator.up().map(\.id) == ["0002_i", "0003_u"], "a valid index counts as built")
        #expect(try await migrator.repair(.unfinished).isEmpty)
    }

    @Test func whatCannotBeKnownIsAsked() async throws {
        let database = try await TestDatabase.make()
        let files = ["0001_t.sql": "CREATE TABLE t (a int)", "0002_x.sql": "--! transaction: no\nINSERT INTO t VALUES (1)"]
        let migrator = try await database.migrator(files)
        let step = try StepSource(files: files).load().steps[1]
        _ = try await migrator.up(target: 1)
        try await die(database, step: step)
        for _ in 0..<2 {
            let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
            #expect(error.kind == .drift)
            #expect(error.description.contains("it is not known whether 0002_x took effect: its runner died while it ran"), "\(error)")
            #expect(error.description.contains("INSERT INTO t VALUES (1)") && error.description.contains("repair --undone 2"))
        }
        #expect(try await migrator.plan().problems.count == 1, "a dry run says the same")
        #expect(try await migrator.status().entries.map(\.state) == [.applied, .running])
        #expect(try await migrator.repair(.unfinished)[0].contains("it is not known whether 0002_x took effect"))
        #expect(try await migrator.repair(.undone(2)).count == 1)
        #expect(try await migrator.up().map(\.id) == ["0002_x"])
        await #expect(throws: MigrationError.self, "it is done") { try await migrator.repair(.undone(2)) }
        #expect(try await migrator.repair(.forget(2)).count == 1)
        try await die(database, step: step)
        #expect(try await migrator.repair(.done(2)).count == 1)
        #expect(try await migrator.up().isEmpty)
        #expect(try await database.rows("SELECT count(*) FROM t") == ["1"])

        let living = try await database.connect()
        _ = try await migrator.repair(.forget(2))
        _ = try await living.execute(
            HistoryTables.insert(project: "test", step: step, release: nil, duration: nil, outcome: .running, ownedByThisBackend: true))
        let error = try await #require(throws: MigrationError.self) { try await migrator.repair(.forget(2)) }
        #expect(error.kind == .lock)
        #expect(try await migrator.repair(.unfinished)[0].contains("its runner is alive"))
    }

    @Test func aPromiseTellsOnlyIfItDidNotHoldBefore() async throws {
        for (verified, expected) in [("false", ["0002_x"]), ("true", []), ("NULL", [])] {
            let database = try await TestDatabase.make()
            let files = [
                "0001_t.sql": "CREATE TABLE t (a int)",
                "0002_x.sql": "--! transaction: no\n--! verify: SELECT count(*) = 1 FROM t\nINSERT INTO t VALUES (1)",
            ]
            let migrator = try await database.migrator(files)
            _ = try await migrator.up(target: 1)
            try await die(database, step: try StepSource(files: files).load().steps[1])
            _ = try await database.rows("UPDATE domainflow_migrate.history SET verified_before = \(verified) WHERE id = 2; SELECT 1")
            let unsure = try await #require(throws: MigrationError.self) { try await migrator.up() }
            #expect(
                unsure.description.contains("it is not known whether 0002_x took effect"), "a promise that does not hold proves nothing")
            _ = try await database.rows("INSERT INTO t VALUES (1); SELECT 1")
            #expect((try? await migrator.up().map(\.id)) ?? [] == expected, "verified before: \(verified)")
            #expect(try await database.rows("SELECT count(*) FROM t") == ["1"])
        }
    }

    @Test func aPoolerIsNoticedBeforeAStepOutsideATransaction() async throws {
        let database = try await TestDatabase.make()
        let pooler = try TestPooler(server: try await TestDatabase.socket)
        let connection = try await PostgresConnection.connect(try await database.conninfo(through: pooler.directory))
        let migrator = Migrator(connection: connection, source: StepSource(files: Self.withIndex), project: "test")
        let error = try await #require(throws: MigrationError.self) { try await migrator.up() }
        #expect(error.kind == .badInput && error.description.contains("0002_i runs outside a transaction, and a pooler stands between"))
        #expect(error.description.contains("1 of 3 pending steps were applied"), "transactional steps do not mind")
        await connection.close()
        #expect(try await database.migrator(Self.withIndex).up().map(\.id) == ["0002_i", "0003_u"])
        withExtendedLifetime(pooler) {}
    }

    @Test func anInterruptBetweenStatementsLeavesAnIdleConnection() async throws {
        let database = try await TestDatabase.make()
        let stop = Mutex(false)
        var options = MigratorOptions()
        options.isInterrupted = { stop.withLock { $0 } }
        let migrator = try await database.migrator(["0001_a.sql": "CREATE TABLE a (a int); SELECT 1; SELECT 2"], options: options)
        let error = try await #require(throws: MigrationError.self) {
            try await migrator.up(progress: { if case .statement(2, _) = $0 { stop.withLock { $0 = true } } })
        }
        #expect(error.kind == .interrupted)
        #expect(try await migrator.connection.execute("SELECT to_regclass('a')")[0].first?.text(0) == nil)
        #expect(try await database.events() == ["1|interrupted"])
    }

    @Test func anInterruptRollsBackTheStepUnderWay() async throws {
        let database = try await TestDatabase.make()
        let stop = Mutex(false)
        var options = MigratorOptions()
        options.isInterrupted = { stop.withLock { $0 } }
        let files = ["0001_a.sql": "CREATE TABLE a (a int)", "0002_b.sql": "CREATE TABLE b (a int); SELECT pg_sleep(30)"]
        let migrator = try await database.migrator(files, options: options)
        let started = ContinuousClock.now
        let error = try await #require(throws: MigrationError.self) {
            try await migrator.up(progress: { if case .statement(2, _) = $0 { stop.withLock { $0 = true } } })
        }
        #expect(error.kind == .interrupted)
        #expect(ContinuousClock.now - started < .seconds(10))
        #expect(try await database.rows("SELECT to_regclass('a'), to_regclass('b')") == ["a|NULL"])
        stop.withLock { $0 = false }
        #expect(try await migrator.plan().pending.map(\.id) == ["0002_b"])
    }
}
