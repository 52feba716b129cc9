import Foundation

extension DomainFlowClient {
    /// Records one transaction. Returns the metric's id.
    @discardableResult
    public func recordTransactionMetric(
        operationName: String, campaignID: UUID? = nil, duration: Duration, success: Bool, errorMessage: String? = nil,
        retryCount: Int = 0, isolationLevel: String? = nil
    ) async throws -> UUID {
        try await value(
            """
            SELECT domainflow.record_transaction_metric(
                p_operation_name => \(operationName)::text, p_campaign_id => \(campaignID)::uuid,
                p_duration_ms => \(duration.milliseconds)::double precision, p_success => \(success)::boolean,
                p_error_message => \(errorMessage)::text, p_retry_count => \(retryCount)::integer,
                p_isolation_level => \(isolationLevel)::text)
            """)
    }

    /// Counts, durations in milliseconds and retries of the transactions of the last `hoursBack` hours, by operation.
    public func transactionPerformanceStats(
        operationName: String? = nil, campaignID: UUID? = nil, hoursBack: Double = 24
    ) async throws -> [TransactionStats] {
        try await rows(
            """
            SELECT operation_name, total, successful, failed, avg_ms, max_ms, min_ms, avg_retries, p50_ms, p95_ms, p99_ms
              FROM domainflow.get_transaction_performance_stats(
                  p_operation_name => \(operationName)::text, p_campaign_id => \(campaignID)::uuid,
                  p_hours_back => \(hoursBack)::double precision)
            """
        ) {
            TransactionStats(
                operationName: try $0.get("operation_name"), total: try $0.get("total"), successful: try $0.get("successful"),
                failed: try $0.get("failed"), averageMS: try $0.get("avg_ms"), maxMS: try $0.get("max_ms"), minMS: try $0.get("min_ms"),
                averageRetries: try $0.get("avg_retries"), p50MS: try $0.get("p50_ms"), p95MS: try $0.get("p95_ms"),
                p99MS: try $0.get("p99_ms"))
        }
    }
}
