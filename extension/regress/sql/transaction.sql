-- Metrics of finished transactions, and what they add up to.
SELECT domainflow.record_transaction_metric('checkout', NULL, 10, true, p_retry_count => 1, p_isolation_level => 'serializable') IS NOT NULL AS recorded;
SELECT domainflow.record_transaction_metric('checkout', NULL, 30, true) IS NOT NULL AS recorded;
SELECT domainflow.record_transaction_metric('checkout', NULL, 50, false, 'could not serialize access') IS NOT NULL AS recorded;
SELECT operation_name, total, successful, failed, avg_ms, max_ms, min_ms, round(avg_retries::numeric, 2) AS avg_retries
  FROM domainflow.get_transaction_performance_stats('checkout');
