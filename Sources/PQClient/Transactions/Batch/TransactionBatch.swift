import Synchronization

/// The steps of one transaction, as its body runs them.
public final class TransactionBatch: Sendable {
    private struct State {
        var connection: PostgresConnection?
        var steps: [BatchStep] = []
        var compensations: [Compensation] = []
        var failures: [CompensationFailure] = []
        var failedStep: String?
    }

    private let options: TransactionOptions
    private let state = Mutex(State())

    init(_ options: TransactionOptions) { self.options = options }

    /// The connection that the steps run on; statements outside of steps belong to the transaction as well.
    public var connection: PostgresConnection {
        guard let connection = state.withLock({ $0.connection }) else { preconditionFailure("the batch has not begun") }
        return connection
    }

    /// A step that must succeed: its error ends the transaction.
    @discardableResult
    public func required<T: Sendable>(
        _ name: String, isolation: isolated (any Actor)? = #isolation, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        let began = ContinuousClock.now
        do {
            let value = try await body(connection)
            // An error that the step swallowed belongs to it, not to a later step.
            if let failure = await connection.failureOfTransaction { throw failure }
            note(name, .required, began, nil)
            return value
        } catch {
            note(name, .required, began, error)
            state.withLock { $0.failedStep = name }
            throw error
        }
    }

    /// A step that may fail: then its writes are rolled back, its compensations run, the transaction goes on, and the step returns nil.
    ///
    /// Failures that concern the whole transaction end it as usual: a serialization failure, a deadlock, a lost connection, the time
    /// limit, cancellation.
    @discardableResult
    public func optional<T: Sendable>(
        _ name: String, isolation: isolated (any Actor)? = #isolation, _ body: (PostgresConnection) async throws -> T
    ) async throws -> T? {
        let began = ContinuousClock.now
        let registered = state.withLock { $0.compensations.count }
        do {
            let value = try await connection.inSavepoint(isolation: isolation, dooming: options.retries, body)
            note(name, .optional, began, nil)
            return value
        } catch {
            let failure = error as? SavepointFailure
            let told = failure?.error ?? error
            note(name, .optional, began, told)
            guard let failure, await concernsOnlyTheStep(failure) else {
                state.withLock { $0.failedStep = name }
                throw told
            }
            await undo(from: registered)
            return nil
        }
    }

    /// Registers what undoes an effect outside the database; call it as soon as the effect has happened. It runs if this try of the
    /// transaction is rolled back, in a task that is not cancelled with the caller's.
    public func onRollback(_ name: String, _ undo: @escaping @Sendable () async throws -> Void) {
        state.withLock { $0.compensations.append(Compensation(name: name, undo: undo)) }
    }

    private func concernsOnlyTheStep(_ failure: SavepointFailure) async -> Bool {
        guard connection.isOpen, !Task.isCancelled else { return false }
        guard let cause = failure.cause else { return true }
        switch cause.kind {
        case .server: return !options.retries(cause)
        case .usage, .decoding: return true
        case .connection, .protocolViolation, .timeout, .cancelled, .outcomeUnknown: return false
        }
    }

    private func note(_ name: String, _ need: BatchStep.Need, _ began: ContinuousClock.Instant, _ error: (any Error)?) {
        let step = BatchStep(name: name, need: need, duration: began.duration(to: .now), error: error)
        state.withLock { $0.steps.append(step) }
    }

    // MARK: For the call

    /// Runs `body`, which makes all the tries, and returns the batch's result or throws its error.
    func observed<T: Sendable>(
        isolation: isolated (any Actor)?, _ body: (TransactionCall) async throws -> T
    ) async throws -> BatchResult<T> {
        let call = TransactionCall(options, afterRollback: { await self.undo() })
        do {
            return result(try await call.observed(isolation: isolation) { try await body(call) })
        } catch {
            throw self.error(error)
        }
    }

    func restart(on connection: PostgresConnection) {
        state.withLock { $0 = State(connection: connection, failures: $0.failures) }
    }

    /// Runs the compensations from number `first` on, all of them by default. False if one failed.
    @discardableResult
    func undo(from first: Int = 0) async -> Bool {
        let due = state.withLock { state in
            let due = Array(state.compensations[first...])
            state.compensations.removeSubrange(first...)
            return due
        }
        guard !due.isEmpty else { return true }
        // A task of its own: the caller's may be cancelled, which is a reason to undo, not a reason to stop undoing.
        let failures = await Task {
            var failures: [CompensationFailure] = []
            for compensation in due.reversed() {
                do {
                    try await compensation.undo()
                } catch {
                    failures.append(CompensationFailure(name: compensation.name, error: error))
                }
            }
            return failures
        }.value
        state.withLock { $0.failures += failures }
        return failures.isEmpty
    }

    private func result<T>(_ value: T) -> BatchResult<T> {
        state.withLock { BatchResult(value: value, steps: $0.steps, failedCompensations: $0.failures) }
    }

    private func error(_ cause: any Error) -> BatchError {
        state.withLock {
            BatchError(
                name: options.name, cause: cause, failedStep: $0.failedStep, steps: $0.steps, failedCompensations: $0.failures,
                pendingCompensations: $0.compensations.map(\.name).reversed())
        }
    }
}

/// What undoes one effect outside the database.
private struct Compensation: Sendable {
    var name: String
    var undo: @Sendable () async throws -> Void
}
