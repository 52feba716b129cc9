extension PostgresPool {
    /// ``PostgresConnection/batch(_:isolation:_:)`` on a borrowed connection, retried like ``transaction(_:fileID:line:isolation:_:)``.
    public func batch<T: Sendable>(
        _ options: TransactionOptions = .init(), fileID: String = #fileID, line: Int = #line,
        isolation: isolated (any Actor)? = #isolation, _ body: (TransactionBatch) async throws -> T
    ) async throws -> BatchResult<T> {
        let batch = TransactionBatch(options)
        let site = PostgresCallSite(fileID: fileID, line: line)
        return try await batch.observed(isolation: isolation) { call in
            try await transact(call, site, isolation: isolation) { connection in
                batch.restart(on: connection)
                return try await body(batch)
            }
        }
    }
}
