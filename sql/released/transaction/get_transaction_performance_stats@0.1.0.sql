-- How transactions went in the last hours, one row an operation, ordered by name. Durations in ms over all rows, failed ones too.
--
-- Percentiles are interpolated between recorded values (percentile_cont). Null filters mean everything. DF204 unless p_hours_back is
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
    SELECT m.operation_name, count(*), count(*) FILTER (WHERE m.success), count(*) FILTER (WHERE NOT m.success),
           avg(m.duration_ms), max(m.duration_ms), min(m.duration_ms), avg(m.retry_count)::double precision,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY m.duration_ms),
           percentile_cont(0.95) WITHIN GROUP (ORDER BY m.duration_ms),
           percentile_cont(0.99) WITHIN GROUP (ORDER BY m.duration_ms)
      FROM domainflow.transaction_metric AS m
     WHERE m.recorded_at > statement_timestamp() - make_interval(secs => p_hours_back * 3600)
       AND (p_operation_name IS NULL OR m.operation_name = p_operation_name)
       AND (p_campaign_id IS NULL OR m.campaign_id = p_campaign_id)
     GROUP BY m.operation_name
     ORDER BY m.operation_name;
END
$$;

COMMENT ON FUNCTION domainflow.get_transaction_performance_stats(text, uuid, double precision)
IS 'Counts, durations (ms), retries and percentiles of recorded transactions, one row an operation.';
REVOKE ALL ON FUNCTION domainflow.get_transaction_performance_stats(text, uuid, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.get_transaction_performance_stats(text, uuid, double precision)
TO domainflow_app, domainflow_reader, domainflow_owner;
