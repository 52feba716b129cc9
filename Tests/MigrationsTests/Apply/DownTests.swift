import PQClient
import TestSupport
import Testing

@testable import Migrations

@Suite struct DownTests {
    static let steps = [
        "0001_t.sql": "CREATE TABLE t (a int)", "0001_t.down.sql": "DROP TABLE t",
        "0002_i.sql": "--! transaction: no\nCREATE INDEX CONCURRENTLY i ON t (a)",
        "0002_i.down.sql": "--! transaction: no\nDROP INDEX CONCURRENTLY i",
    ]

    private func files(_ down: String) -> [String: String] {
        [
            "0001_t.sql": "CREATE TABLE t (a int)", "0002_x.sql": "INSERT INTO t VALUES (1)",
            "0002_x.down.sql": "--! transaction: no\n" + down,
        ]
    }

    @Test func outsideATransaction() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(Self.steps)
        _ = try await migrator.up()
        #expect(try await migrator.down(target: 1) == ["0002_i"])
        #expect(try await database.rows("SELECT to_regclass('i')") == ["NULL"])
        #expect(try await database.events().suffix(2) == ["2|try", "2|reverted"], "the history says it before it runs")
        #expect(try await migrator.up().map(\.id) == ["0002_i"])
        #expect(try await migrator.down(target: 0) == ["0002_i", "0001_t"])
    }

    @Test func itsTimeoutsHold() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(files("--! statement-timeout: 100ms\nSELECT pg_sleep(30)"))
        _ = try await migrator.up()
        let error = try await #require(throws: MigrationError.self) { try await migrator.down(target: 1) }
        #expect(error.description.contains("57014"), "\(error)")
        #expect(try await database.rows("SELECT outcome FROM domainflow_migrate.history WHERE id = 2") == ["done"], "it had no effect")
        #expect(try await migrator.connection.execute("SHOW statement_timeout")[0].first?.text(0) == "0")
    }

    @Test func aPoolerIsRefused() async throws {
        let database = try await TestDatabase.make()
        _ = try await database.migrator(Self.steps).up()
        let pooler = try TestPooler(server: try await TestDatabase.socket)
        let connection = try await PostgresConnection.connect(try await database.conninfo(through: pooler.directory))
        let migrator = Migrator(connection: connection, source: StepSource(files: Self.steps), project: "test")
        for run in [{ _ = try await migrator.down(target: 1) }, { _ = try await migrator.revertible(above: 1) }]
            as [@Sendable () async throws -> Void]
        {
            let error = try await #require(throws: MigrationError.self) { try await run() }
            #expect(error.kind == .badInput && error.description.contains("a pooler stands between"))
        }
        #expect(try await database.rows("SELECT to_regclass('i')") == ["i"])
        await connection.close()
        withExtendedLifetime(pooler) {}
    }

    @Test func aKilledOneIsTakenUpAgainOrAskedAbout() async throws {
        for (down, known) in [("DROP INDEX CONCURRENTLY i", true), ("DELETE FROM t", false)] {
            let database = try await TestDatabase.make()
            var files = Self.steps
            files["0002_i.down.sql"] = "--! transaction: no\n" + down
            let migrator = try await database.migrator(files)
            _ = try await migrator.up()
            _ = try await database.rows(
                "UPDATE domainflow_migrate.history SET outcome = 'reverting', backend_pid = 1 WHERE id = 2; SELECT 1")
            let up = try await #require(throws: MigrationError.self) { try await migrator.up() }
            #expect(up.description.contains("it is not known whether 0002_i was reverted"))
            if known {
                #expect(try await migrator.down(target: 1) == ["0002_i"])
            } else {
                for _ in 0..<2 {
                    let error = try await #require(throws: MigrationError.self) { try await migrator.down(target: 1) }
                    #expect(error.description.contains("repair --undone 2") && error.description.contains("DELETE FROM t"))
                }
                _ = try await migrator.repair(.done(2))
                #expect(try await migrator.down(target: 1) == ["0002_i"])
            }
        }
    }

    @Test func aPromiseThatFailsAfterwardsIsNotRunAgain() async throws {
        let database = try await TestDatabase.make()
        let migrator = try await database.migrator(
            files("--! verify: SELECT count(*) = 5 FROM t\nINSERT INTO t VALUES (2)"))
        _ = try await migrator.up()
        for _ in 0..<3 { await #expect(throws: MigrationError.self) { try await migrator.down(target: 1) } }
        #expect(try await database.rows("SELECT count(*) FROM t") == ["2"])
        #expect(try await migrator.status().entries.map(\.state) == [.applied, .reverting])
        _ = try await migrator.repair(.undone(2))
        #expect(try await migrator.plan().pending.map(\.id) == ["0002_x"])
    }
}
