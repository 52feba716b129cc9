extension PostgresConnection {
    /// Runs `body` in a savepoint of the open transaction: if it throws, its writes are rolled back and the transaction goes on.
    ///
    /// Savepoints nest. After a serialization failure or a deadlock there is no rollback to the savepoint, and every further statement is
    /// refused: the whole transaction has to run again, and going on would acknowledge a lost write.
    public func savepoint<T: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        do {
            return try await inSavepoint(isolation: isolation, dooming: \.isRetryable, body)
        } catch let failure as SavepointFailure {
            throw failure.error
        }
    }

    /// Throws ``SavepointFailure`` for what happened inside.
    ///
    /// - Parameter dooming: errors after which the transaction must not go on.
    func inSavepoint<T: Sendable>(
        isolation: isolated (any Actor)?, dooming: @Sendable (PostgresError) -> Bool, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        try await setSavepoint()
        do {
            let value = try await body(self)
            try await releaseSavepoint()
            return value
        } catch {
            throw SavepointFailure(error: error, cause: await rollbackToSavepoint(after: error, unless: dooming))
        }
    }

    // One name for all of them: a later savepoint hides an earlier one of the same name until it is released.
    private static let name = "domainflow"

    private func setSavepoint() async throws(PostgresError) {
        guard try await statusAtRest() == .inTransaction else {
            if let failure = session.failure { throw failure }
            throw PostgresError(.usage, "a savepoint needs an open transaction", hint: "call it inside transaction")
        }
        try await execute("SAVEPOINT \(Self.name)")
    }

    /// A failure that `body` swallowed fails the savepoint.
    private func releaseSavepoint() async throws(PostgresError) {
        if let failure = failureOfTransaction { throw failure }
        try await execute("RELEASE SAVEPOINT \(Self.name)")
    }

    /// Returns what made it fail first.
    private func rollbackToSavepoint(after error: any Error, unless dooming: @Sendable (PostgresError) -> Bool) async -> PostgresError? {
        let cause = session.failure ?? PostgresError(wrappedIn: error)
        if let failure = failureOfTransaction, dooming(failure) { return cause }
        session.endStream()
        if transactionStatus == .active { await perform(Request(.script(""), shielded: true)) }
        // What happened meanwhile may doom it as well.
        if let failure = failureOfTransaction, dooming(failure) { return failure }
        guard transactionStatus == .failed || transactionStatus == .inTransaction else { return cause }
        // Shielded: even if the task is cancelled, the savepoint's writes must be gone before the transaction can be committed.
        let request = Request(.script("ROLLBACK TO SAVEPOINT \(Self.name); RELEASE SAVEPOINT \(Self.name)"), shielded: true)
        await perform(request)
        if request.error != nil { session.close() }
        return cause
    }

    /// The status when no statement is under way: the rest of an abandoned COPY may still be arriving, and the connection is `active`
    /// meanwhile.
    package func statusAtRest() async throws(PostgresError) -> TransactionStatus {
        if transactionStatus == .active { try await execute("") }
        return transactionStatus
    }

    /// What made the open transaction fail; nil if it has not failed.
    var failureOfTransaction: PostgresError? { transactionStatus == .failed ? session.failure : nil }
}
