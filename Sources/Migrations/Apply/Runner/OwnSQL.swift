import PQClient

/// The runner's own statements, which must mean the same under every search_path: that of the database may have been set by somebody
/// less powerful than the role that migrates.
enum OwnSQL {
    /// In a transaction, until its end.
    static let path = "SET LOCAL search_path = pg_catalog, pg_temp"

    /// Two statements: remembers the path of the session for the step, and takes ours.
    static let enter =
        "SELECT pg_catalog.set_config('domainflow.step_search_path', pg_catalog.current_setting('search_path'), true); \(path)"

    static let leave = "SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('domainflow.step_search_path'), true)"
}

extension PostgresConnection {
    /// Results of the runner's own statements, in a transaction of their own.
    func own(_ sql: String) async throws(PostgresError) -> [PostgresResult] {
        do {
            let results = try await execute("BEGIN; \(OwnSQL.path); \(sql); COMMIT")
            return Array(results.dropFirst(2).dropLast())
        } catch {
            _ = try? await execute("ROLLBACK")
            throw error
        }
    }
}
