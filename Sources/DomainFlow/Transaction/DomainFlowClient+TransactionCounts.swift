extension DomainFlowClient {
    /// Records metrics that each stand for several similar transactions; ``TransactionRecorder`` makes them. Returns the total number of
    /// transactions.
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
