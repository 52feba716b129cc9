-- How long transactions took, how often they failed and were tried again.

CREATE TABLE domainflow.transaction_metric (
    metric_id uuid NOT NULL,
    operation_name text NOT NULL,
    campaign_id uuid,
    duration_ms double precision NOT NULL,
    success boolean NOT NULL,
    error_message text,
    retry_count integer NOT NULL,
    isolation_level text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text DEFAULT CASE
        WHEN pg_catalog.current_setting('domainflow.correlation_id', true) OPERATOR(pg_catalog.<>) ''
            THEN pg_catalog.current_setting('domainflow.correlation_id', true) END,
    CONSTRAINT transaction_metric_operation_name_check CHECK (operation_name OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT transaction_metric_duration_ms_check
    CHECK (duration_ms OPERATOR(pg_catalog.>=) 0 AND duration_ms OPERATOR(pg_catalog.<) 'Infinity'),
    CONSTRAINT transaction_metric_retry_count_check CHECK (retry_count OPERATOR(pg_catalog.>=) 0),
    CONSTRAINT transaction_metric_isolation_level_check
    CHECK (isolation_level OPERATOR(pg_catalog.=) ANY (
        ARRAY['read uncommitted', 'read committed', 'repeatable read', 'serializable']::pg_catalog.text []))
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE domainflow.transaction_metric IS 'One row a transaction that was measured. Retention drops partitions.';
COMMENT ON COLUMN domainflow.transaction_metric.duration_ms IS 'Milliseconds, all tries together.';
COMMENT ON COLUMN domainflow.transaction_metric.retry_count IS 'Tries after the first.';
COMMENT ON COLUMN domainflow.transaction_metric.transaction_id IS 'Transaction that recorded the row; the measured one when it recorded itself.';

-- Key and indexes belong to the partitions, as in entity_event.
CREATE TABLE domainflow.transaction_metric_default PARTITION OF domainflow.transaction_metric (
    CONSTRAINT transaction_metric_default_pkey PRIMARY KEY (metric_id, recorded_at)
) DEFAULT;
COMMENT ON TABLE domainflow.transaction_metric_default IS 'Rows outside every dated partition.';
COMMENT ON INDEX domainflow.transaction_metric_default_pkey IS 'Serves lookups of one metric by the id that was returned.';

CREATE INDEX transaction_metric_default_operation_name_idx ON domainflow.transaction_metric_default (operation_name, recorded_at);
COMMENT ON INDEX domainflow.transaction_metric_default_operation_name_idx IS 'Serves get_transaction_performance_stats() of one operation.';
CREATE INDEX transaction_metric_default_campaign_id_idx ON domainflow.transaction_metric_default (campaign_id, recorded_at)
WHERE campaign_id IS NOT NULL;
COMMENT ON INDEX domainflow.transaction_metric_default_campaign_id_idx IS 'Serves get_transaction_performance_stats() of one campaign.';
CREATE INDEX transaction_metric_default_transaction_id_idx ON domainflow.transaction_metric_default (transaction_id);
COMMENT ON INDEX domainflow.transaction_metric_default_transaction_id_idx
IS 'Serves the trail of one transaction: everything written by it, over all areas.';

GRANT SELECT, INSERT ON domainflow.transaction_metric TO domainflow_app;
GRANT SELECT ON domainflow.transaction_metric TO domainflow_reader, domainflow_auditor, domainflow_owner;

--! begin include functions/transaction/_check_transaction_metric.sql
-- Refuses a measurement that cannot be one: DF202 what is required is null, DF204 a duration or retry count outside its bounds, DF201
-- an isolation level that does not exist.
--
-- No SET clause, and operators by their full names, because it runs once for every metric.
CREATE OR REPLACE FUNCTION domainflow._check_transaction_metric(
    p_operation_name text,
    p_duration_ms double precision,
    p_success boolean,
    p_retry_count integer,
    p_isolation_level text
)
RETURNS void
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
AS $$
BEGIN
    IF COALESCE(p_operation_name, '') OPERATOR(pg_catalog.=) '' OR p_duration_ms IS NULL OR p_success IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'a transaction metric needs an operation name, a duration and whether it succeeded',
            DETAIL = pg_catalog.format('operation name: %s, duration: %s ms, success: %s',
                                       pg_catalog.quote_nullable(p_operation_name), p_duration_ms, p_success),
            HINT = 'Give all three.';
    END IF;
    IF NOT (p_duration_ms OPERATOR(pg_catalog.>=) 0 AND p_duration_ms OPERATOR(pg_catalog.<) 'Infinity'::double precision)
       OR p_retry_count OPERATOR(pg_catalog.<) 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = pg_catalog.format('the metric of operation %s is out of range', p_operation_name),
            DETAIL = pg_catalog.format('duration: %s ms, retries: %s', p_duration_ms, p_retry_count),
            HINT = 'A duration is finite and at least 0 ms, a retry count at least 0.';
    END IF;
    IF pg_catalog.lower(p_isolation_level) OPERATOR(pg_catalog.<>) ALL (
        ARRAY['read uncommitted', 'read committed', 'repeatable read', 'serializable']::pg_catalog.text[]) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = pg_catalog.format('%s is not an isolation level', pg_catalog.quote_literal(p_isolation_level)),
            DETAIL = pg_catalog.format('operation: %s', p_operation_name),
            HINT = 'Give read uncommitted, read committed, repeatable read, serializable, or null.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_transaction_metric(text, double precision, boolean, integer, text)
IS 'Refuses a measurement that cannot be one.';
REVOKE ALL ON FUNCTION domainflow._check_transaction_metric(text, double precision, boolean, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._check_transaction_metric(text, double precision, boolean, integer, text) TO domainflow_app;
--! end include functions/transaction/_check_transaction_metric.sql
--! begin include functions/transaction/record_transaction_metric.sql
-- Records how one transaction went; returns the id of the metric.
--
-- Rows join what the same transaction wrote by transaction_id, so call it inside the transaction it measures when that succeeds, and in one
-- of its own when it failed. A null retry count is 0. DF201, DF202, DF204 as _check_transaction_metric() says.
CREATE OR REPLACE FUNCTION domainflow.record_transaction_metric(
    p_operation_name text,
    p_campaign_id uuid,
    p_duration_ms double precision,
    p_success boolean,
    p_error_message text DEFAULT NULL,
    p_retry_count integer DEFAULT 0,
    p_isolation_level text DEFAULT NULL
)
RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_metric_id uuid := pg_catalog.gen_random_uuid();
BEGIN
    PERFORM domainflow._check_transaction_metric(p_operation_name, p_duration_ms, p_success, p_retry_count, p_isolation_level);
    INSERT INTO domainflow.transaction_metric
        (metric_id, operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level)
    VALUES (v_metric_id, p_operation_name, p_campaign_id, p_duration_ms, p_success, p_error_message,
            COALESCE(p_retry_count, 0), pg_catalog.lower(p_isolation_level));
    RETURN v_metric_id;
END
$$;

COMMENT ON FUNCTION domainflow.record_transaction_metric(text, uuid, double precision, boolean, text, integer, text)
IS 'Records duration (ms), outcome and retries of one transaction; returns the id of the metric.';
REVOKE ALL ON FUNCTION domainflow.record_transaction_metric(text, uuid, double precision, boolean, text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.record_transaction_metric(text, uuid, double precision, boolean, text, integer, text)
TO domainflow_app;
--! end include functions/transaction/record_transaction_metric.sql
--! begin include functions/transaction/record_transaction_metrics.sql
-- Records many metrics in one INSERT; returns their ids in the order of the arrays.
--
-- For clients that collect measurements and write them from time to time. An optional array that is null stands for nulls. All or nothing:
-- one bad row refuses the batch, with the errors of record_transaction_metric(); DF201 for arrays of different lengths.
CREATE OR REPLACE FUNCTION domainflow.record_transaction_metrics(
    p_operation_names text[],
    p_campaign_ids uuid[],
    p_durations_ms double precision[],
    p_successes boolean[],
    p_error_messages text[] DEFAULT NULL,
    p_retry_counts integer[] DEFAULT NULL,
    p_isolation_levels text[] DEFAULT NULL
)
RETURNS SETOF uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_rows integer := COALESCE(pg_catalog.cardinality(p_operation_names), 0);
BEGIN
    IF v_rows OPERATOR(pg_catalog.<>) ANY (ARRAY[
           COALESCE(pg_catalog.cardinality(p_durations_ms), 0), COALESCE(pg_catalog.cardinality(p_successes), 0),
           COALESCE(pg_catalog.cardinality(p_campaign_ids), v_rows), COALESCE(pg_catalog.cardinality(p_error_messages), v_rows),
           COALESCE(pg_catalog.cardinality(p_retry_counts), v_rows), COALESCE(pg_catalog.cardinality(p_isolation_levels), v_rows)]) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'the arrays of the metrics differ in length',
            DETAIL = pg_catalog.format('operation names: %s, durations: %s, successes: %s', v_rows,
                                       pg_catalog.cardinality(p_durations_ms), pg_catalog.cardinality(p_successes)),
            HINT = 'Give arrays of one length; campaigns, errors, retries and isolation levels may be null as a whole.';
    END IF;
    PERFORM domainflow._check_transaction_metric(m.operation_name, m.duration_ms, m.success, m.retry_count, m.isolation_level)
       FROM ROWS FROM (pg_catalog.unnest(p_operation_names), pg_catalog.unnest(p_durations_ms), pg_catalog.unnest(p_successes),
                       pg_catalog.unnest(p_retry_counts), pg_catalog.unnest(p_isolation_levels))
            AS m (operation_name, duration_ms, success, retry_count, isolation_level);
    RETURN QUERY
    WITH metric AS MATERIALIZED (
        SELECT pg_catalog.gen_random_uuid() AS metric_id, m.operation_name, m.campaign_id, m.duration_ms, m.success, m.error_message,
               COALESCE(m.retry_count, 0) AS retry_count, pg_catalog.lower(m.isolation_level) AS isolation_level, m.place
          FROM ROWS FROM (pg_catalog.unnest(p_operation_names), pg_catalog.unnest(p_campaign_ids), pg_catalog.unnest(p_durations_ms),
                          pg_catalog.unnest(p_successes), pg_catalog.unnest(p_error_messages), pg_catalog.unnest(p_retry_counts),
                          pg_catalog.unnest(p_isolation_levels)) WITH ORDINALITY
               AS m (operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level, place)
    ), recorded AS (
        INSERT INTO domainflow.transaction_metric
            (metric_id, operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level)
        SELECT m.metric_id, m.operation_name, m.campaign_id, m.duration_ms, m.success, m.error_message, m.retry_count, m.isolation_level
          FROM metric AS m
    )
    SELECT m.metric_id FROM metric AS m ORDER BY m.place;
END
$$;

COMMENT ON FUNCTION domainflow.record_transaction_metrics(text[], uuid[], double precision[], boolean[], text[], integer[], text[])
IS 'Records many transaction metrics in one INSERT; returns their ids in input order.';
REVOKE ALL ON FUNCTION domainflow.record_transaction_metrics(text[], uuid[], double precision[], boolean[], text[], integer[], text[])
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.record_transaction_metrics(
    text[], uuid[], double precision[], boolean[], text[], integer[], text[]
) TO domainflow_app;
--! end include functions/transaction/record_transaction_metrics.sql
--! begin include functions/transaction/get_transaction_performance_stats.sql
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
--! end include functions/transaction/get_transaction_performance_stats.sql
