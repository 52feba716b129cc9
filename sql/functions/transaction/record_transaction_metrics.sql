-- hot: transaction.recording
-- Records many metrics in one INSERT; returns their ids in the order of the arrays.
--
-- For clients that collect measurements and write them from time to time. An optional array that is null stands for nulls. All or nothing:
-- one bad row refuses the batch, with the errors of record_transaction_metric(); DF201 for arrays of different lengths, DF204 for more
-- than 10,000 rows. SECURITY DEFINER, and at every isolation level, as record_transaction_metric().
-- Proof: Scenarios/transaction/metric.spec, Tests/SQL/transaction/metrics.sql
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
SECURITY DEFINER
AS $$
DECLARE
    v_correlation_id pg_catalog.text := pg_catalog.current_setting('domainflow.correlation_id', true);
    v_rows pg_catalog.int4 := COALESCE(pg_catalog.cardinality(p_operation_names), 0);
BEGIN
    IF pg_catalog.num_nulls(p_operation_names, p_durations_ms, p_successes) OPERATOR(pg_catalog.>) 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'operation names, durations and successes must not be null',
            DETAIL = pg_catalog.format('operation names: %s, durations: %s, successes: %s',
                                       COALESCE(pg_catalog.cardinality(p_operation_names)::pg_catalog.text, 'null'),
                                       COALESCE(pg_catalog.cardinality(p_durations_ms)::pg_catalog.text, 'null'),
                                       COALESCE(pg_catalog.cardinality(p_successes)::pg_catalog.text, 'null')),
            HINT = 'Give arrays of one length; empty ones are allowed.';
    END IF;
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
    IF v_rows OPERATOR(pg_catalog.>) 10000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a batch has at most 10000 metrics',
            DETAIL = pg_catalog.format('operation names: %s', v_rows),
            HINT = 'Record them in several calls.';
    END IF;
    PERFORM domainflow._check_transaction_metric(m.operation_name, m.duration_ms, m.success, m.retry_count, m.isolation_level,
                                                 m.error_message, NULL::pg_catalog.text)
       FROM ROWS FROM (pg_catalog.unnest(p_operation_names), pg_catalog.unnest(p_durations_ms), pg_catalog.unnest(p_successes),
                       pg_catalog.unnest(p_retry_counts), pg_catalog.unnest(p_isolation_levels), pg_catalog.unnest(p_error_messages))
            AS m (operation_name, duration_ms, success, retry_count, isolation_level, error_message);
    RETURN QUERY
    WITH metric AS MATERIALIZED (
        SELECT pg_catalog.gen_random_uuid() AS metric_id, m.operation_name, m.campaign_id, m.duration_ms, m.success, m.error_message,
               COALESCE(m.retry_count, 0) AS retry_count, pg_catalog.lower(m.isolation_level COLLATE pg_catalog."C") AS isolation_level, m.place
          FROM ROWS FROM (pg_catalog.unnest(p_operation_names), pg_catalog.unnest(p_campaign_ids), pg_catalog.unnest(p_durations_ms),
                          pg_catalog.unnest(p_successes), pg_catalog.unnest(p_error_messages), pg_catalog.unnest(p_retry_counts),
                          pg_catalog.unnest(p_isolation_levels)) WITH ORDINALITY
               AS m (operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level, place)
    ), recorded AS (
        INSERT INTO domainflow.transaction_metric
            (metric_id, operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level,
             correlation_id)
        SELECT m.metric_id, m.operation_name, m.campaign_id, m.duration_ms, m.success, m.error_message, m.retry_count, m.isolation_level,
               CASE WHEN v_correlation_id OPERATOR(pg_catalog.<>) '' THEN pg_catalog.left(v_correlation_id, 200) END
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
