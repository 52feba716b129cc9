import Foundation

/// Several transactions with the same outcome and similar durations.
public struct TransactionCount: Sendable, Hashable {
    public var operationName: String
    public var campaignID: UUID?
    /// The mean of their durations.
    public var duration: Duration
    public var success: Bool
    public var errorMessage: String?
    /// The number of retries of each.
    public var retryCount: Int
    public var isolationLevel: String?
    public var correlationID: String?
    public var transactions: Int

    public init(
        operationName: String, campaignID: UUID? = nil, duration: Duration, success: Bool, errorMessage: String? = nil, retryCount: Int = 0,
        isolationLevel: String? = nil, correlationID: String? = nil, transactions: Int = 1
    ) {
        self.operationName = operationName
        self.campaignID = campaignID
        self.duration = duration
        self.success = success
        self.errorMessage = errorMessage
        self.retryCount = retryCount
        self.isolationLevel = isolationLevel
        self.correlationID = correlationID
        self.transactions = transactions
    }
}
