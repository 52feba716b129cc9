import Synchronization

/// One call of `transaction` or `batch` with all its tries, including those on another connection of a pool.
final class TransactionCall: Sendable {
    let options: TransactionOptions
    let began = ContinuousClock.now
    /// Undoes what a rolled back try did outside the database. False if that failed, after which there must be no other try.
    let afterRollback: (@Sendable () async -> Bool)?
    private let retries = Atomic<Int>(0)
    /// The last try was rolled back because its connection broke.
    let lostConnection = Atomic<Bool>(false)

    init(_ options: TransactionOptions, afterRollback: (@Sendable () async -> Bool)? = nil) {
        self.options = options
        self.afterRollback = afterRollback
    }

    /// What is left of the time limit; nil if there is none.
    var timeLeft: Duration? {
        options.timeout.map { max(.zero, $0 - began.duration(to: .now)) }
    }

    /// Waits until the next try is due; false if there is to be none.
    func prepareRetry(after cause: PostgresError) async -> Bool {
        guard retries.load(ordering: .relaxed) < options.maxRetries, !Task.isCancelled, timeLeft != .zero else { return false }
        let attempt = retries.wrappingAdd(1, ordering: .relaxed).newValue
        options.onRetry?(attempt, cause)
        // A cancelled sleep ends at once, and the next BEGIN then throws.
        try? await Task.sleep(for: options.backoff.delay(attempt: attempt))
        return true
    }

    /// Runs `body`, which makes all the tries, and tells the observer how the call ended.
    func observed<T: Sendable>(isolation: isolated (any Actor)?, _ body: () async throws -> T) async throws -> T {
        do {
            let value = try await body()
            ended(nil)
            return value
        } catch {
            ended(error)
            throw error
        }
    }

    private func ended(_ error: (any Error)?) {
        guard let observer = options.observer else { return }
        observer.transactionEnded(
            TransactionReport(
                name: options.name, duration: began.duration(to: .now), retries: retries.load(ordering: .relaxed),
                isolation: options.isolation, error: error))
    }
}
