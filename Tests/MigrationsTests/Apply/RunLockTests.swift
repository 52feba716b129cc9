import PQClient
import TestSupport
import Testing

@testable import Migrations

/// One lock covers a run, and the plan is made again under it.
@Suite struct RunLockTests {
    static let base = ["0001_a.sql": "CREATE TABLE a (id int)", "0002_x.sql": "SELECT 1"]
    static let left = base.merging(["0003_b.sql": "ALTER TABLE a ADD b int"]) { $1 }
    static let right = base.merging(["0004_c.sql": "CREATE TABLE c (id int)"]) { $1 }

    @Test func twoRolloutsDoNotTakeTurns() async throws {
        for _ in 0..<5 {
            let database = try await TestDatabase.make()
            @Sendable func run(_ files: [String: String]) async -> String {
                do { return try await database.migrator(files).up().map(\.id).joined(separator: " ") } catch { return "\(error)" }
            }
            async let first = run(Self.left)
            async let second = run(Self.right)
            let results = await [first, second]
            #expect(results.count { $0 == "0001_a 0002_x 0003_b" || $0 == "0001_a 0002_x 0004_c" } == 1, "\(results)")
            #expect(results.contains { $0.contains("current steps do not contain it") }, "\(results)")
            let history = try await database.rows("SELECT id FROM domainflow_migrate.history ORDER BY rank")
            #expect(history == ["1", "2", "3"] || history == ["1", "2", "4"])
        }
    }

    @Test func behindAPoolerEachStepLooksWhetherOthersCameBetween() async throws {
        let database = try await TestDatabase.make()
        let pooler = try TestPooler(server: try await TestDatabase.socket)
        let connection = try await PostgresConnection.connect(try await database.conninfo(through: pooler.directory))
        let slow = Self.base.merging(["0002_x.sql": "SELECT pg_sleep(1)", "0003_b.sql": "ALTER TABLE a ADD b int"]) { $1 }
        let migrator = Migrator(connection: connection, source: StepSource(files: slow), project: "test")
        let first = Task { try await migrator.up() }
        while (try? await database.rows("SELECT count(*) FROM domainflow_migrate.history")) != ["1"] {
            try await Task.sleep(for: .milliseconds(10))
        }
        // While the second step runs, somebody records a later one by hand.
        let other = try StepSource(files: Self.right).load().steps[2]
        _ = try await database.rows(
            HistoryTables.insert(project: "test", step: other, release: nil, duration: nil, outcome: .done).replacing(
                "COALESCE(max(rank), 0) + 1", with: "9") + "; SELECT 1")
        let error = try await #require(throws: MigrationError.self) { try await first.value }
        #expect(
            error.kind == .drift && error.description.contains("another runner has applied 0004_c in the meantime, and 0003_b is not"),
            "\(error)")
        #expect(
            try await database.rows(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ) == ["0"], "no lock is stranded")
        await connection.close()
        withExtendedLifetime(pooler) {}
    }

    @Test func theLockIsGivenBack() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(Self.left)
        _ = try await migrator.up()
        #expect(
            try await database.rows(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ) == ["0"])
    }
}
