import Foundation

/// The outcome and duration of one transaction.
public struct TransactionMeasure: Sendable, Hashable {
    public var operationName: String
    public var campaignID: UUID?
    public var duration: Duration
    public var success: Bool
    public var errorMessage: String?
    public var retryCount: Int
    public var isolationLevel: String?

    public init(
        operationName: String, campaignID: UUID? = nil, duration: Duration, success: Bool, errorMessage: String? = nil,
        retryCount: Int = 0, isolationLevel: String? = nil
    ) {
        self.operationName = operationName
        self.campaignID = campaignID
        self.duration = duration
        self.success = success
        self.errorMessage = errorMessage
        self.retryCount = retryCount
        self.isolationLevel = isolationLevel
    }
}
