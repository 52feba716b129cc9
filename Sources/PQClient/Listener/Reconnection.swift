/// When to try again after a loss, and what of that is worth telling.
struct Reconnection {
    let backoff: Backoff
    /// A connection that lasted so long was a good one; after shorter ones the waits go on growing.
    let lasting: Duration
    private(set) var attempt = 0
    private var told: PostgresError?

    init(backoff: Backoff, lasting: Duration) {
        self.backoff = backoff
        self.lasting = lasting
    }

    mutating func lost(after lifetime: Duration) {
        if lifetime >= lasting { attempt = 0 }
        told = nil
    }

    /// Before the first try too: when a server restarts, all its listeners come at the same moment.
    mutating func nextDelay() -> Duration {
        attempt += 1
        return backoff.delay(attempt: attempt)
    }

    /// The same failure again is none.
    mutating func isNews(_ failure: PostgresError) -> Bool {
        defer { told = failure }
        return told?.message != failure.message
    }
}
