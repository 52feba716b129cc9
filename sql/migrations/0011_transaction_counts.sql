-- Metrics of many like transactions in one row, so that a client can count at home and write from time to time.
--! lock-timeout: 2s

ALTER TABLE domainflow.transaction_metric
ADD COLUMN transactions integer NOT NULL DEFAULT 1
CONSTRAINT transaction_metric_transactions_check CHECK (transactions OPERATOR(pg_catalog.>=) 1);
COMMENT ON COLUMN domainflow.transaction_metric.transactions IS
'How many transactions the row stands for; with more than one, duration_ms is their mean, and they differ by 2 % at most.';

--! begin include functions/transaction/record_transaction_counts.sql
-- Records metrics of transactions that a client has counted: each row of the arrays stands for p_transactions like ones.
--
-- Like means: the same operation, campaign, outcome, error, retries, isolation level and correlation id, and durations that differ so little
-- that their mean tells enough (2 % in the Swift client). Returns how many transactions were recorded. All or nothing, with the errors of
-- record_transaction_metrics(); DF204 also for a count below 1.
CREATE OR REPLACE FUNCTION domainflow.record_transaction_counts(
    p_operation_names text[],
    p_campaign_ids uuid[],
    p_durations_ms double precision[],
    p_successes boolean[],
    p_error_messages text[],
    p_retry_counts integer[],
    p_isolation_levels text[],
    p_correlation_ids text[],
    p_transactions integer[]
)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_rows integer := COALESCE(pg_catalog.cardinality(p_operation_names), 0);
    v_recorded bigint;
BEGIN
    IF v_rows OPERATOR(pg_catalog.<>) ANY (ARRAY[
           COALESCE(pg_catalog.cardinality(p_durations_ms), 0), COALESCE(pg_catalog.cardinality(p_successes), 0),
           COALESCE(pg_catalog.cardinality(p_transactions), 0), COALESCE(pg_catalog.cardinality(p_campaign_ids), v_rows),
           COALESCE(pg_catalog.cardinality(p_error_messages), v_rows), COALESCE(pg_catalog.cardinality(p_retry_counts), v_rows),
           COALESCE(pg_catalog.cardinality(p_isolation_levels), v_rows), COALESCE(pg_catalog.cardinality(p_correlation_ids), v_rows)]) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'the arrays of the metrics differ in length',
            DETAIL = pg_catalog.format('operation names: %s, durations: %s, successes: %s, transactions: %s', v_rows,
                                       pg_catalog.cardinality(p_durations_ms), pg_catalog.cardinality(p_successes),
                                       pg_catalog.cardinality(p_transactions)),
            HINT = 'Give arrays of one length; all but names, durations, successes and transactions may be null as a whole.';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.unnest(p_transactions) AS c (n) WHERE c.n IS NULL OR c.n OPERATOR(pg_catalog.<) 1) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a metric stands for at least one transaction',
            DETAIL = pg_catalog.format('transactions: %s', p_transactions),
            HINT = 'Leave out what was not counted.';
    END IF;
    PERFORM domainflow._check_transaction_metric(m.operation_name, m.duration_ms, m.success, m.retry_count, m.isolation_level)
       FROM ROWS FROM (pg_catalog.unnest(p_operation_names), pg_catalog.unnest(p_durations_ms), pg_catalog.unnest(p_successes),
                       pg_catalog.unnest(p_retry_counts), pg_catalog.unnest(p_isolation_levels))
            AS m (operation_name, duration_ms, success, retry_count, isolation_level);
    INSERT INTO domainflow.transaction_metric
        (metric_id, operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level, correlation_id,
         transactions)
    SELECT pg_catalog.gen_random_uuid(), m.operation_name, m.campaign_id, m.duration_ms, m.success, m.error_message,
           COALESCE(m.retry_count, 0), pg_catalog.lower(m.isolation_level), m.correlation_id, m.transactions
      FROM ROWS FROM (pg_catalog.unnest(p_operation_names), pg_catalog.unnest(p_campaign_ids), pg_catalog.unnest(p_durations_ms),
                      pg_catalog.unnest(p_successes), pg_catalog.unnest(p_error_messages), pg_catalog.unnest(p_retry_counts),
                      pg_catalog.unnest(p_isolation_levels), pg_catalog.unnest(p_correlation_ids), pg_catalog.unnest(p_transactions))
           AS m (operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level, correlation_id,
                 transactions);
    SELECT COALESCE(pg_catalog.sum(c.n), 0) INTO v_recorded FROM pg_catalog.unnest(p_transactions) AS c (n);
    RETURN v_recorded;
END
$$;

COMMENT ON FUNCTION domainflow.record_transaction_counts(
    text[], uuid[], double precision[], boolean[], text[], integer[], text[], text[], integer[]
) IS 'Records metrics that each stand for a number of like transactions; returns how many transactions in all.';
REVOKE ALL ON FUNCTION domainflow.record_transaction_counts(
    text[], uuid[], double precision[], boolean[], text[], integer[], text[], text[], integer[]
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.record_transaction_counts(
    text[], uuid[], double precision[], boolean[], text[], integer[], text[], text[], integer[]
) TO domainflow_app;
--! end include functions/transaction/record_transaction_counts.sql
--! begin include functions/transaction/get_transaction_performance_stats.sql
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
--! end include functions/transaction/get_transaction_performance_stats.sql
