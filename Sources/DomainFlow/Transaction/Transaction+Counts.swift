import Foundation
import PQClient

/// A number of transactions that went alike.
public struct TransactionCount: Sendable, Hashable {
    public var operationName: String
    public var campaignID: UUID?
    /// Their mean.
    public var duration: Duration
    public var success: Bool
    public var errorMessage: String?
    /// Of each.
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

extension DomainFlow {
    /// Records metrics that each stand for a number of like transactions; ``TransactionRecorder`` makes them. Returns how many
    /// transactions in all.
    @discardableResult
    public func recordTransactionCounts(_ counts: [TransactionCount]) async throws -> Int {
        try await value(
            """
            SELECT domainflow.record_transaction_counts(
                p_operation_names => \(counts.map(\.operationName))::text[], p_campaign_ids => \(counts.map(\.campaignID))::uuid[],
                p_durations_ms => \(counts.map(\.duration.milliseconds))::double precision[],
                p_successes => \(counts.map(\.success))::boolean[], p_error_messages => \(counts.map(\.errorMessage))::text[],
                p_retry_counts => \(counts.map(\.retryCount))::integer[], p_isolation_levels => \(counts.map(\.isolationLevel))::text[],
                p_correlation_ids => \(counts.map(\.correlationID))::text[], p_transactions => \(counts.map(\.transactions))::integer[])
            """)
    }
}
