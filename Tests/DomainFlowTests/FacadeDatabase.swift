import DevCluster
import DomainFlow
import Migrations
import PQClient
import TestSupport

/// One private server with the steps applied, for all tests of this target.
actor FacadeDatabase {
    static let shared = FacadeDatabase()
    // Kept as a task: tests that ask at the same time wait for the same server.
    private var made: Task<(cluster: DevCluster, pool: PostgresPool), any Error>?

    func pool() async throws -> PostgresPool {
        let task =
            made
            ?? Task {
                let cluster = try await blocking { try DevCluster.temporary() }
                let pool = PostgresPool(conninfo: cluster.url, maxConnections: 4)
                _ = try await pool.withConnection { try await Migrator(connection: $0, source: .embedded).up() }
                return (cluster, pool)
            }
        made = task
        return try await task.value.pool
    }

    /// For pools of a test's own.
    func conninfo() async throws -> String {
        _ = try await pool()
        return try await made!.value.cluster.url
    }
}
