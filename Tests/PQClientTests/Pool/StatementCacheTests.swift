import DevCluster
import Foundation
import TestSupport
import Testing

@testable import PQClient

/// Statements that repeat are prepared, where the next one comes to the same server process.
@Suite(.timeLimit(.minutes(2))) struct StatementCacheTests {
    private func pool(_ conninfo: String = TestServer.directURL, cache: Int? = nil) -> PostgresPool {
        var configuration = PostgresPool.Configuration(maxConnections: 1)
        if let cache { configuration.statementCache = cache }
        return PostgresPool(conninfo: conninfo, configuration: configuration)
    }

    private func prepared(_ pool: PostgresPool) async throws -> Int {
        try await pool.query("SELECT count(*) FROM pg_prepared_statements -- \(unescaped: UUID().uuidString)").single().get(0, as: Int.self)
    }

    @Test func theFifthTimePrepares() async throws {
        let pool = pool()
        for time in 1...7 {
            #expect(try await pool.query("SELECT \(time) + 1").single().get(0, as: Int.self) == time + 1)
            #expect(try await prepared(pool) == (time < StatementCache.threshold ? 0 : 1))
            try await pool.query("SHOW work_mem")
        }
        try await pool.withConnection { try await $0.execute("DISCARD ALL") }
        #expect(try await pool.query("SELECT \(7) + 1").single().get(0, as: Int.self) == 8)
        await pool.close()
    }

    /// A name that began again with one lease would stand for two texts.
    @Test func aHookOnReturnLeavesWhatIsPrepared() async throws {
        var configuration = PostgresPool.Configuration(maxConnections: 1)
        configuration.onReturn = { try await $0.execute("RESET search_path") }
        let pool = PostgresPool(conninfo: TestServer.directURL, configuration: configuration)
        for number in 1...3 {
            try await pool.withConnection { connection in
                for _ in 1...6 {
                    let answer = try await connection.query("SELECT \(unescaped: "\(number)")").single().get(0, as: Int.self)
                    #expect(answer == number)
                }
            }
        }
        #expect(try await prepared(pool) == 3)
        await pool.close()
    }

    @Test func noMoreThanTheLimit() async throws {
        let (none, three) = (pool(cache: 0), pool(cache: 3))
        for _ in 1...6 {
            for number in 1...9 {
                try await none.query("SELECT \(unescaped: "\(number)")")
                try await three.query("SELECT \(unescaped: "\(number)")")
            }
        }
        #expect(try await prepared(none) == 0)
        #expect(try await prepared(three) == 3)
        await none.close()
        await three.close()
        var cache = StatementCache(limit: 2)
        for number in 0..<1000 { #expect(cache.name(for: "SELECT \(number)") == nil) }
    }

    @Test func otherColumnsAreReadAfterAChange() async throws {
        let (pool, table) = (pool(), TestServer.unique("cached"))
        try await pool.withConnection { try await $0.execute("CREATE TABLE \(table) (a int); INSERT INTO \(table) VALUES (1)") }
        for _ in 1...6 { #expect(try await pool.query("SELECT * FROM \(identifier: table)").columns.count == 1) }
        try await TestServer.with(TestServer.directURL) { try await $0.execute("ALTER TABLE \(table) ADD b int") }
        #expect(try await pool.query("SELECT * FROM \(identifier: table)").columns.count == 2)
        try await TestServer.with(TestServer.directURL) { try await $0.execute("ALTER TABLE \(table) ADD c int") }
        let columns = try await pool.transaction { try await $0.query("SELECT * FROM \(identifier: table)").columns.count }
        #expect(columns == 3)
        try await TestServer.with(TestServer.directURL) { try await $0.execute("DROP TABLE \(table)") }
        await pool.close()
    }

    @Test func nothingIsPreparedBehindAPooler() async throws {
        let settings = try PostgresConninfo.environment(of: TestServer.cluster.url)
        let server = try #require(settings["PGHOST"]) + "/.s.PGSQL.\(settings["PGPORT"] ?? "5432")"
        let pooler = try TestPooler(server: server)
        let pool = pool("host=\(pooler.directory) user=\(settings["PGUSER"] ?? "") dbname=\(settings["PGDATABASE"] ?? "")")
        for _ in 1...7 { try await pool.query("SELECT 1") }
        #expect(try await prepared(pool) == 0)
        await pool.close()
    }
}
