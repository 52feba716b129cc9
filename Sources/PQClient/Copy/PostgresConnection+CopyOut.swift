extension PostgresConnection {
    /// The data of a `COPY ... TO STDOUT`:
    /// ```swift
    /// for try await line in connection.copyOut("COPY orders TO STDOUT (FORMAT csv)").lines { ... }
    /// ```
    public nonisolated func copyOut(_ statement: String) -> PostgresCopyOut {
        PostgresCopyOut(connection: self, statement: statement)
    }
}
