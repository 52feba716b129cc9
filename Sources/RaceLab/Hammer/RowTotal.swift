import PQClient

/// The number of rows that have ever been written in a database, from the server's statistics.
struct RowTotal {
    let connection: PostgresConnection

    /// What this connection has written counts, too.
    func read() async throws -> Int {
        _ = try await connection.query(PostgresQuery(RowCounter.flush))
        return try await connection.query(PostgresQuery(RowCounter.total)).single().get(0, as: Int?.self) ?? 0
    }

    /// Waits until the other sessions have gone, since a session reports its last rows when it ends; then reads.
    func readAfterOthers(patience: Duration = .seconds(10)) async throws -> Int {
        let start = ContinuousClock.now
        while start.duration(to: .now) < patience {
            let others = try await connection.query(
                """
                SELECT count(*) FROM pg_catalog.pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_catalog.pg_backend_pid() AND backend_type = 'client backend'
                """)
            if try others.single().get(0, as: Int.self) == 0 { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await read()
    }
}
