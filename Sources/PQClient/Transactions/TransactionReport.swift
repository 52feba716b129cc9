/// How a transaction went, all tries together.
public struct TransactionReport: Sendable {
    /// The name in its options.
    public var name: String?
    /// From the call to its end, including retries and the waits between them and, over a pool, the wait for a connection.
    public var duration: Duration
    /// Tries after the first.
    public var retries: Int
    public var isolation: TransactionOptions.Isolation?
    /// nil when it was committed.
    public var error: (any Error)?

    public init(
        name: String?, duration: Duration, retries: Int = 0, isolation: TransactionOptions.Isolation? = nil, error: (any Error)? = nil
    ) {
        self.name = name
        self.duration = duration
        self.retries = retries
        self.isolation = isolation
        self.error = error
    }
}
