extension PostgresConnection {
    /// Runs `body` between BEGIN and COMMIT.
    ///
    /// After a serialization failure or a deadlock, or when a prepared statement was lost or its columns have changed, all of it runs
    /// again, `body` included, up to `maxRetries` times; so `body` must leave nothing behind outside the database
    /// (``batch(_:isolation:_:)`` has compensations for that). An error from `body` rolls back. A transaction that had failed although
    /// `body` returned is an error, not a commit: PostgreSQL answers its COMMIT with ROLLBACK. A `body` that ends the transaction itself
    /// (COMMIT, ROLLBACK, with AND CHAIN too) gets an error of kind `usage`, and none of its further statements is run.
    ///
    /// When the answer to COMMIT is lost, the call asks `pg_xact_status` on a new connection. If the answer is committed, the call returns
    /// as if nothing had happened, though this connection is closed; if it is aborted, the error is of kind `connection`; if there is no
    /// answer within `resolveWithin`, the error is of kind `outcomeUnknown`. Nothing is retried on a guess.
    ///
    /// Transactions do not nest (``savepoint(isolation:_:)`` does), and a connection carries one at a time; statements that other
    /// tasks send on the same connection meanwhile become part of it.
    public func transaction<T: Sendable>(
        _ options: TransactionOptions = .init(), isolation: isolated (any Actor)? = #isolation,
        _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        let call = TransactionCall(options)
        return try await call.observed(isolation: isolation) { try await transact(call, isolation: isolation, body) }
    }

    /// Makes all tries that this connection can make of a call.
    func transact<T: Sendable>(
        _ call: TransactionCall, isolation: isolated (any Actor)?, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        call.lostConnection.store(false, ordering: .relaxed)
        try await openTransaction(call)
        do {
            let value = try await attempts(call, isolation: isolation, body)
            await closeTransaction()
            return value
        } catch {
            await closeTransaction()
            throw error
        }
    }

    private func attempts<T: Sendable>(
        _ call: TransactionCall, isolation: isolated (any Actor)?, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        while true {
            do {
                var mark = try await begin(call.options)
                session.bodyRuns = true
                let value = try await body(self)
                session.bodyRuns = false
                if let ended = session.endedByBody { throw ended }
                if call.options.effectiveIDSource == .beforeCommit { mark = try await markBeforeCommit(mark) }
                try await commit(call, mark)
                return value
            } catch {
                session.bodyRuns = false
                let cause = await rollback(after: error)
                // It may have been committed: its effects outside the database must then stay.
                if PostgresError(wrappedIn: error)?.kind == .outcomeUnknown { throw error }
                let ended = session.endedByBody != nil
                if !isOpen, !ended { call.lostConnection.store(true, ordering: .relaxed) }
                if let undo = call.afterRollback, await !undo() {
                    call.lostConnection.store(false, ordering: .relaxed)
                    throw error
                }
                guard isOpen, !ended, let cause, call.options.retries(cause), await call.prepareRetry(after: cause) else { throw error }
            }
        }
    }

    private func openTransaction(_ call: TransactionCall) throws(PostgresError) {
        guard !session.inTransaction, transactionStatus != .inTransaction, transactionStatus != .failed else {
            throw PostgresError(
                .usage, "the connection is in a transaction already", hint: "use another connection, or a savepoint")
        }
        session.inTransaction = true
        guard let timeout = call.options.timeout, let left = call.timeLeft else { return }
        let error = PostgresError(.timeout, "\(call.options.label) took longer than \(timeout)")
        session.transactionGrace = session.patience(after: timeout)
        session.deadline = session.schedule(after: left) { $0.expire(error) }
    }

    private func closeTransaction() {
        session.inTransaction = false
        session.expired = nil
        session.endedByBody = nil
        session.transactionGrace = nil
        session.deadline.take()?.cancel()
    }

    /// Ends what is left of the transaction. Returns the error that decides whether it may be retried: the one that made it fail, even if
    /// `body` threw another in its place.
    private func rollback(after error: any Error) async -> PostgresError? {
        let cause = session.failure ?? PostgresError(wrappedIn: error)
        guard isOpen else { return cause }
        // While a COPY from before the transaction runs, the BEGIN behind it has not been sent and never will be.
        if transactionStatus != .idle, session.activeStream?.startedInTransaction != false {
            session.endStream()
            let request = Request(.script("ROLLBACK"), shielded: true)
            // It cannot be cancelled, so a server that fell silent must not hold up the caller forever.
            let limit = session.schedule(after: session.grace) { session in
                if session.queue.active === request {
                    session.lose(PostgresError(.connection, "the server did not answer ROLLBACK"))
                }
            }
            await perform(request)
            limit.cancel()
            if request.error != nil || transactionStatus != .idle { session.close() }
        }
        return cause
    }
}
