import DomainFlow
import Foundation
import PQClient
import Testing

/// Pool metrics on their way into the database.
@Suite(.timeLimit(.minutes(2))) struct ResourceTests {
    private let shared: PostgresPool

    init() async throws { shared = try await FacadeDatabase.shared.pool() }

    @Test func poolMetricsAreRecordedIntervalByInterval() async throws {
        let name = "resource-\(UUID().uuidString)"
        let database = DomainFlowClient(shared)
        let conninfo = try await FacadeDatabase.shared.conninfo()
        let pool = PostgresPool(conninfo: conninfo, configuration: .init(name: name, maxConnections: 1))
        try await pool.withConnection { connection in
            #expect(await failure(.timeout) { try await pool.withConnection(timeout: .milliseconds(20)) { _ in } })
            try await connection.execute("BEGIN")
        }
        let first = try await database.recordPoolMetrics(of: pool, instance: "here:1")
        try await pool.withConnection { _ in }
        let second = try await database.recordPoolMetrics(of: pool)
        let rows = try await shared.withConnection {
            try await $0.query(
                """
                SELECT id, leases, timeouts, created, closed, idle, in_use, instance FROM domainflow.database_performance_metrics
                 WHERE pool_name = \(name) ORDER BY recorded_at
                """
            ).map { row in
                (
                    try row.get(0, as: UUID.self), try row.get(1, as: Int.self), try row.get(2, as: Int.self), try row.get(3, as: Int.self),
                    try row.get(4, as: PostgresJSON.self).decode([String: Int].self), try row.get(5, as: Int.self),
                    try row.get(6, as: Int.self), try row.get(7, as: String?.self)
                )
            }
        }
        #expect(rows.map(\.0) == [first, second] && rows.map(\.7) == ["here:1", nil])
        #expect(rows.map(\.1) == [1, 1] && rows.map(\.2) == [1, 0] && rows.map(\.3) == [1, 1])
        // It came back in the middle of a transaction.
        #expect(rows.map(\.4) == [["unfit": 1], [:]] && rows.map(\.5) == [0, 1] && rows.map(\.6) == [0, 0])
        await pool.close()
    }

    @Test func aLeaseUnderTheFacadeNamesTheProgramsOwnLine() async throws {
        let pool = PostgresPool(conninfo: try await FacadeDatabase.shared.conninfo(), maxConnections: 1)
        let database = DomainFlowClient(pool)
        let line = #line + 1
        try await database.transaction { _ in
            let error = await Task.detached { () -> (any Error)? in
                do {
                    try await pool.withConnection(timeout: .milliseconds(20)) { _ in }
                    return nil
                } catch { return error }
            }.value
            #expect(
                (error as? PostgresError)?.detail?.contains("DomainFlowTests/ResourceTests.swift:\(line)") == true,
                "\(String(describing: error))")
        }
        await pool.close()
    }

    /// Whether a call fails with an error of that kind; a task of its own, since a task is refused a second connection at once.
    private func failure(_ kind: PostgresError.Kind, _ body: @escaping @Sendable () async throws -> Void) async -> Bool {
        await Task.detached {
            do {
                try await body()
                return false
            } catch { return (error as? PostgresError)?.kind == kind }
        }.value
    }
}
