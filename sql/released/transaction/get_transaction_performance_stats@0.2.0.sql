-- How transactions went in the last hours, one row an operation, ordered by name. Durations in ms over all of them, failed ones too.
--
-- Percentiles are those of percentile_cont: interpolated between recorded durations, each as often as its row stands for transactions. Rows
-- of record_transaction_counts() hold means of durations that lie close together, so extremes and percentiles are as close (2 % in the Swift
-- client); totals, the average and rows of single transactions are exact. Null filters mean everything. DF204 unless p_hours_back is
-- above 0 and at most 876,000 (a hundred years).
CREATE OR REPLACE FUNCTION domainflow.get_transaction_performance_stats(
    p_operation_name text DEFAULT NULL,
    p_campaign_id uuid DEFAULT NULL,
    p_hours_back double precision DEFAULT 24
)
RETURNS TABLE (
    operation_name text,
    total bigint,
    successful bigint,
    failed bigint,
    avg_ms double precision,
    max_ms double precision,
    min_ms double precision,
    avg_retries double precision,
    p50_ms double precision,
    p95_ms double precision,
    p99_ms double precision
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF p_hours_back IS NULL OR NOT (p_hours_back > 0 AND p_hours_back <= 876000) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'p_hours_back is out of range',
            DETAIL = format('hours back: %s', p_hours_back),
            HINT = 'Give a number of hours above 0 and at most 876000.';
    END IF;
    -- statement_timestamp() is stable, so the planner can prune partitions by it; clock_timestamp() would read them all.
    RETURN QUERY
    SELECT s.operation_name, s.total, s.successful, s.total - s.successful, s.sum_ms / s.total, s.max_ms, s.min_ms, s.sum_retries / s.total,
           s.low_50 + (s.high_50 - s.low_50) * (0.5 * (s.total - 1) - floor(0.5 * (s.total - 1)))::double precision,
           s.low_95 + (s.high_95 - s.low_95) * (0.95 * (s.total - 1) - floor(0.95 * (s.total - 1)))::double precision,
           s.low_99 + (s.high_99 - s.low_99) * (0.99 * (s.total - 1) - floor(0.99 * (s.total - 1)))::double precision
      FROM (
        SELECT m.operation_name, m.total, COALESCE(sum(m.transactions) FILTER (WHERE m.success), 0) AS successful,
               sum(m.duration_ms * m.transactions) AS sum_ms, max(m.duration_ms) AS max_ms, min(m.duration_ms) AS min_ms,
               sum(m.retry_count::double precision * m.transactions) AS sum_retries,
               min(m.duration_ms) FILTER (WHERE m.upto > floor(0.5 * (m.total - 1))) AS low_50,
               min(m.duration_ms) FILTER (WHERE m.upto > ceil(0.5 * (m.total - 1))) AS high_50,
               min(m.duration_ms) FILTER (WHERE m.upto > floor(0.95 * (m.total - 1))) AS low_95,
               min(m.duration_ms) FILTER (WHERE m.upto > ceil(0.95 * (m.total - 1))) AS high_95,
               min(m.duration_ms) FILTER (WHERE m.upto > floor(0.99 * (m.total - 1))) AS low_99,
               min(m.duration_ms) FILTER (WHERE m.upto > ceil(0.99 * (m.total - 1))) AS high_99
          FROM (
            SELECT t.operation_name, t.duration_ms, t.success, t.retry_count, t.transactions,
                   sum(t.transactions) OVER (PARTITION BY t.operation_name) AS total,
                   sum(t.transactions) OVER (PARTITION BY t.operation_name ORDER BY t.duration_ms ROWS UNBOUNDED PRECEDING) AS upto
              FROM domainflow.transaction_metric AS t
             WHERE t.recorded_at > statement_timestamp() - make_interval(secs => p_hours_back * 3600)
               AND (p_operation_name IS NULL OR t.operation_name = p_operation_name)
               AND (p_campaign_id IS NULL OR t.campaign_id = p_campaign_id)) AS m
         GROUP BY m.operation_name, m.total) AS s
     ORDER BY s.operation_name;
END
$$;

COMMENT ON FUNCTION domainflow.get_transaction_performance_stats(text, uuid, double precision)
IS 'Counts, durations (ms), retries and percentiles of recorded transactions, one row an operation.';
REVOKE ALL ON FUNCTION domainflow.get_transaction_performance_stats(text, uuid, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.get_transaction_performance_stats(text, uuid, double precision)
TO domainflow_app, domainflow_reader, domainflow_owner;
