/// When to reconnect after a loss, and which failures are worth reporting.
struct Reconnection {
    let backoff: Backoff
    /// A connection that lasted this long was a good one; after shorter ones the waits keep growing.
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

    /// Also before the first try: when a server restarts, all its listeners come at the same moment.
    mutating func nextDelay() -> Duration {
        attempt += 1
        return backoff.delay(attempt: attempt)
    }

    /// The same failure again is no news.
    mutating func isNews(_ failure: PostgresError) -> Bool {
        defer { told = failure }
        return told?.message != failure.message
    }
}
