-- hot: transaction.recording
-- Records metrics of transactions that a client has counted: each row of the arrays stands for that many similar transactions.
--
-- Similar means: the same operation, campaign, outcome, error, retries, isolation level and correlation id, and durations that differ so little
-- that their mean tells enough (2 % in the Swift client). Returns how many transactions were recorded. All or nothing, with the errors of
-- record_transaction_metrics(); DF204 also for a count below 1. SECURITY DEFINER, and at every isolation level, as
-- record_transaction_metric().
-- Proof: Tests/SQL/transaction/counts.sql
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
SECURITY DEFINER
AS $$
DECLARE
    v_rows pg_catalog.int4 := COALESCE(pg_catalog.cardinality(p_operation_names), 0);
    v_recorded pg_catalog.int8;
BEGIN
    IF pg_catalog.num_nulls(p_operation_names, p_durations_ms, p_successes, p_transactions) OPERATOR(pg_catalog.>) 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'operation names, durations, successes and transactions must not be null',
            DETAIL = pg_catalog.format('operation names: %s, durations: %s, successes: %s, transactions: %s',
                                       COALESCE(pg_catalog.cardinality(p_operation_names)::pg_catalog.text, 'null'),
                                       COALESCE(pg_catalog.cardinality(p_durations_ms)::pg_catalog.text, 'null'),
                                       COALESCE(pg_catalog.cardinality(p_successes)::pg_catalog.text, 'null'),
                                       COALESCE(pg_catalog.cardinality(p_transactions)::pg_catalog.text, 'null')),
            HINT = 'Give arrays of one length; empty ones are allowed.';
    END IF;
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
    IF v_rows OPERATOR(pg_catalog.>) 10000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a batch has at most 10000 metrics',
            DETAIL = pg_catalog.format('operation names: %s', v_rows),
            HINT = 'Record them in several calls.';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.unnest(p_transactions) AS c (n) WHERE c.n IS NULL OR c.n OPERATOR(pg_catalog.<) 1) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a metric stands for at least one transaction',
            DETAIL = pg_catalog.format('transactions: %s', domainflow._shown(p_transactions::pg_catalog.text)),
            HINT = 'Leave out what was not counted.';
    END IF;
    PERFORM domainflow._check_transaction_metric(m.operation_name, m.duration_ms, m.success, m.retry_count, m.isolation_level,
                                                 m.error_message, m.correlation_id)
       FROM ROWS FROM (pg_catalog.unnest(p_operation_names), pg_catalog.unnest(p_durations_ms), pg_catalog.unnest(p_successes),
                       pg_catalog.unnest(p_retry_counts), pg_catalog.unnest(p_isolation_levels), pg_catalog.unnest(p_error_messages),
                       pg_catalog.unnest(p_correlation_ids))
            AS m (operation_name, duration_ms, success, retry_count, isolation_level, error_message, correlation_id);
    INSERT INTO domainflow.transaction_metric
        (metric_id, operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level, correlation_id,
         transactions)
    SELECT pg_catalog.gen_random_uuid(), m.operation_name, m.campaign_id, m.duration_ms, m.success, m.error_message,
           COALESCE(m.retry_count, 0), pg_catalog.lower(m.isolation_level COLLATE pg_catalog."C"), m.correlation_id, m.transactions
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
