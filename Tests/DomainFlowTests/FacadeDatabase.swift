import DomainFlow
import Migrations
import PQClient
import TestSupport

/// One private server with the steps applied, for all tests of this target.
actor FacadeDatabase {
    static let shared = FacadeDatabase()
    private let server = SharedServer()
    // Kept as a task: tests that ask at the same time wait for the same installation.
    private var made: Task<PostgresPool, any Error>?

    func pool() async throws -> PostgresPool {
        let task =
            made
            ?? Task {
                let pool = PostgresPool(conninfo: try await server.cluster.url, maxConnections: 4)
                _ = try await pool.withConnection { try await Migrator(connection: $0, source: .embedded).up() }
                return pool
            }
        made = task
        return try await task.value
    }

    /// For pools of a test's own.
    func conninfo() async throws -> String {
        _ = try await pool()
        return try await server.cluster.url
    }
}
