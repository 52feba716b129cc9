-- hot: transaction.recording
-- Records how one transaction went; returns the id of the metric.
--
-- Rows join what the same transaction wrote by transaction_id, so call it inside the transaction it measures when that succeeds, and in one
-- of its own when it failed. A null retry count is 0. DF201, DF202, DF204 as _check_transaction_metric() says; a correlation id is cut at
-- 200 characters. SECURITY DEFINER, so that time and transaction are the server's: the application cannot write the table. It only
-- adds a row: at REPEATABLE READ, too, no other writer makes it wait or fail.
-- Proof: Scenarios/transaction/metric.spec, Tests/SQL/transaction/metrics.sql
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
SECURITY DEFINER
AS $$
DECLARE
    v_metric_id pg_catalog.uuid := pg_catalog.gen_random_uuid();
    v_correlation_id pg_catalog.text := pg_catalog.current_setting('domainflow.correlation_id', true);
BEGIN
    PERFORM domainflow._check_transaction_metric(p_operation_name, p_duration_ms, p_success, p_retry_count, p_isolation_level,
                                                 p_error_message, NULL::pg_catalog.text);
    INSERT INTO domainflow.transaction_metric
        (metric_id, operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level, correlation_id)
    VALUES (v_metric_id, p_operation_name, p_campaign_id, p_duration_ms, p_success, p_error_message,
            COALESCE(p_retry_count, 0), pg_catalog.lower(p_isolation_level COLLATE pg_catalog."C"),
            CASE WHEN v_correlation_id OPERATOR(pg_catalog.<>) '' THEN pg_catalog.left(v_correlation_id, 200) END);
    RETURN v_metric_id;
END
$$;

COMMENT ON FUNCTION domainflow.record_transaction_metric(text, uuid, double precision, boolean, text, integer, text)
IS 'Records duration (ms), outcome and retries of one transaction; returns the id of the metric.';
REVOKE ALL ON FUNCTION domainflow.record_transaction_metric(text, uuid, double precision, boolean, text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.record_transaction_metric(text, uuid, double precision, boolean, text, integer, text)
TO domainflow_app;
