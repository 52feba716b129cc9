/// Statistics of an operation's transactions over a period; durations in milliseconds.
public struct TransactionStats: Sendable, Hashable, Encodable {
    public var operationName: String
    public var total, successful, failed: Int
    public var averageMS, maxMS, minMS, averageRetries, p50MS, p95MS, p99MS: Double
}
