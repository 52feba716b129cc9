import Foundation

extension DomainFlowClient {
    /// Records many transactions in one statement, all or none. Returns the metrics' ids in order.
    @discardableResult
    public func recordTransactionMetrics(_ measures: [TransactionMeasure]) async throws -> [UUID] {
        try await rows(
            """
            SELECT id
              FROM domainflow.record_transaction_metrics(
                  p_operation_names => \(measures.map(\.operationName))::text[], p_campaign_ids => \(measures.map(\.campaignID))::uuid[],
                  p_durations_ms => \(measures.map(\.duration.milliseconds))::double precision[],
                  p_successes => \(measures.map(\.success))::boolean[], p_error_messages => \(measures.map(\.errorMessage))::text[],
                  p_retry_counts => \(measures.map(\.retryCount))::integer[],
                  p_isolation_levels => \(measures.map(\.isolationLevel))::text[]) AS f (id)
            """
        ) { try $0.get(0) }
    }
}
