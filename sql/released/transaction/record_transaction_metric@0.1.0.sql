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
