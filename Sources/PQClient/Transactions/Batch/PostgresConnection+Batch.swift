extension PostgresConnection {
    /// Runs a transaction of named steps, some of which may fail, some of which reach outside the database.
    ///
    /// ```swift
    /// let order = try await connection.batch(.init(name: "order")) { batch in
    ///     let id = try await batch.required("reserve") { try await $0.query("…").single().get(0, as: Int.self) }
    ///     try await batch.optional("count") { try await $0.query("UPDATE …") }
    ///     try await batch.required("charge") { _ in
    ///         let charge = try await card.charge(id)
    ///         batch.onRollback("refund") { try await card.refund(charge) }
    ///     }
    ///     return id
    /// }
    /// ```
    /// Whenever a try is rolled back, its compensations run once each, the last one first, and before the next try. With an unknown
    /// outcome none runs, because the transaction may be committed. Throws ``BatchError``.
    public func batch<T: Sendable>(
        _ options: TransactionOptions = .init(), isolation: isolated (any Actor)? = #isolation,
        _ body: (TransactionBatch) async throws -> T
    ) async throws -> BatchResult<T> {
        let batch = TransactionBatch(options)
        return try await batch.observed(isolation: isolation) { call in
            try await transact(call, isolation: isolation) { connection in
                batch.restart(on: connection)
                return try await body(batch)
            }
        }
    }
}
