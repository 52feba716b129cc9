extension PostgresPool {
    /// ``PostgresConnection/transaction(_:isolation:_:)`` on a borrowed connection.
    ///
    /// In addition, a transaction whose connection broke before COMMIT, or whose lost COMMIT turned out to be rolled back, is retried on
    /// another connection, within the same `maxRetries` and `timeout`.
    public func transaction<T: Sendable>(
        _ options: TransactionOptions = .init(), fileID: String = #fileID, line: Int = #line,
        isolation: isolated (any Actor)? = #isolation, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        let call = TransactionCall(options)
        let site = PostgresCallSite(fileID: fileID, line: line)
        return try await call.observed(isolation: isolation) { try await transact(call, site, isolation: isolation, body) }
    }

    func transact<T: Sendable>(
        _ call: TransactionCall, _ site: PostgresCallSite, isolation: isolated (any Actor)?, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        while true {
            do {
                // The transaction's time limit covers the wait as well.
                let patience = [call.timeLeft, configuration.acquireTimeout].compactMap(\.self).min()
                return try await withConnection(timeout: patience, fileID: site.fileID, line: site.line, isolation: isolation) {
                    connection in
                    try await connection.transact(call, isolation: isolation, body)
                }
            } catch {
                // Reset here: the next try may fail before it has a connection.
                guard call.lostConnection.exchange(false, ordering: .relaxed), let cause = PostgresError(wrappedIn: error),
                    cause.kind == .connection || call.options.retries(cause), await call.prepareRetry(after: cause)
                else { throw error }
            }
        }
    }
}
