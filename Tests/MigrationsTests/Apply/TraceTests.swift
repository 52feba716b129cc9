import PQClient
import Testing

@testable import Migrations

@Suite struct TraceTests {
    @Test func locksAreReportedAndEverythingIsRolledBack() async throws {
        let database = try await TestDatabase.make()
        _ = try await database.rows("CREATE SCHEMA a; CREATE TABLE a.t AS SELECT 1 AS b; CREATE TABLE a.u (b int); SELECT 1")
        let migrator = try await database.migrator([
            "0001_a.sql": "SELECT count(*) FROM a.u;\nALTER TABLE a.t ALTER COLUMN b TYPE bigint USING b;\nSELECT pg_sleep(0.05);",
            "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON a.t (b);",
            "0003_n.sql": "CREATE TABLE a.n (a int); INSERT INTO a.n VALUES (1);",
        ])
        let trace = try await migrator.trace()
        #expect(trace.steps.map(\.id) == ["0001_a", "0002_i", "0003_n"])
        let first = trace.steps[0]
        #expect(first.statements.count == 3 && first.milliseconds >= 50)
        let locks = first.locks.map { "\($0.relation) \($0.mode) \($0.line) \($0.rewritten)" }
        #expect(locks.contains("a.u AccessShareLock 1 false"))
        #expect(locks.contains("a.t AccessExclusiveLock 2 true"))
        #expect(first.locks.allSatisfy { $0.heldMilliseconds >= 50 })
        #expect(trace.steps[1].skipped == "runs outside a transaction")
        #expect(trace.steps[2].locks.isEmpty, "nobody can wait for what the step made itself")
        #expect(try await database.rows("SELECT to_regclass('a.n'), to_regnamespace('domainflow_migrate')") == ["NULL|NULL"])
    }

    @Test func aFailureIsReportedWithItsPlace() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(["0001_a.sql": "SELECT 1;\nSELECT nothing;"])
        let error = try await #require(throws: MigrationError.self) { try await migrator.trace() }
        #expect(error.description.hasPrefix("0001_a.sql:2:8: ERROR"))
        #expect(try await migrator.connection.execute("SELECT 1").count == 1)
    }

    @Test func whatNeedsACommitIsNotTraced() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator([
            "0001_t.sql": "CREATE TYPE kind AS ENUM ('a'); CREATE TABLE x (k kind);", "0002_add.sql": "SELECT 1",
            "0003_add.sql": "ALTER TYPE kind ADD VALUE 'b';", "0004_use.sql": "INSERT INTO x VALUES ('b');", "0005_more.sql": "SELECT 1",
        ])
        _ = try await migrator.up(target: 2)
        let trace = try await migrator.trace()
        #expect(trace.steps.map { $0.skipped == nil } == [true, false, false])
        #expect(trace.steps[1].skipped?.contains("enum") == true)
        #expect(try await migrator.up().count == 3, "as up does it, it works")
    }
}
