/// How an operation's transactions went over a time.
public struct TransactionStats: Sendable, Hashable, Encodable {
    public var operationName: String
    public var total, successful, failed: Int
    public var averageMS, maxMS, minMS, averageRetries, p50MS, p95MS, p99MS: Double
}
