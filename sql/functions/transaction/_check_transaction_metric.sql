-- hot: transaction.recording
-- Refuses an impossible measurement: DF202 what is required is null, DF204 a duration, retry count or text outside its bounds, DF201
-- an isolation level that does not exist.
--
-- No SET clause, and names and types in full, because it runs once for every metric, with the rights of the schema's owner.
CREATE FUNCTION domainflow._check_transaction_metric(
    p_operation_name text,
    p_duration_ms double precision,
    p_success boolean,
    p_retry_count integer,
    p_isolation_level text,
    p_error_message text,
    p_correlation_id text
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
                                       pg_catalog.quote_nullable(domainflow._shown(p_operation_name)), p_duration_ms, p_success),
            HINT = 'Give all three.';
    END IF;
    IF NOT (p_duration_ms OPERATOR(pg_catalog.>=) 0 AND p_duration_ms OPERATOR(pg_catalog.<) 'Infinity'::pg_catalog.float8)
       OR p_retry_count OPERATOR(pg_catalog.<) 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = pg_catalog.format('the metric of operation %s is out of range', domainflow._shown(p_operation_name)),
            DETAIL = pg_catalog.format('duration: %s ms, retries: %s', p_duration_ms, p_retry_count),
            HINT = 'A duration is finite and at least 0 ms, a retry count at least 0.';
    END IF;
    IF pg_catalog.length(p_operation_name) OPERATOR(pg_catalog.>) 200 OR pg_catalog.length(p_error_message) OPERATOR(pg_catalog.>) 10000
       OR pg_catalog.length(p_correlation_id) OPERATOR(pg_catalog.>) 200 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a text of a transaction metric is too long',
            DETAIL = pg_catalog.format('characters: operation name %s, error message %s, correlation id %s',
                                       pg_catalog.length(p_operation_name), COALESCE(pg_catalog.length(p_error_message), 0),
                                       COALESCE(pg_catalog.length(p_correlation_id), 0)),
            HINT = 'At most 200 characters for names and ids, and 10000 for an error message.';
    END IF;
    IF pg_catalog.lower(p_isolation_level COLLATE pg_catalog."C") OPERATOR(pg_catalog.<>) ALL (
        ARRAY['read uncommitted', 'read committed', 'repeatable read', 'serializable']::pg_catalog.text[]) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = pg_catalog.format('%s is not an isolation level', pg_catalog.quote_literal(domainflow._shown(p_isolation_level))),
            DETAIL = pg_catalog.format('operation: %s', domainflow._shown(p_operation_name)),
            HINT = 'Give read uncommitted, read committed, repeatable read, serializable, or null.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_transaction_metric(text, double precision, boolean, integer, text, text, text)
IS 'Refuses a measurement that cannot be one.';
REVOKE ALL ON FUNCTION domainflow._check_transaction_metric(text, double precision, boolean, integer, text, text, text) FROM PUBLIC;
