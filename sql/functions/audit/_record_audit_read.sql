-- Records who reads the logs, in the reader's transaction: each reading function for auditors calls it.
--
-- p_purpose, or else setting domainflow.purpose of the session, says what for, in at most 1,000 characters (DF204).
-- DF405 in a read-only transaction and on a standby, where a read would leave no trace.
CREATE OR REPLACE FUNCTION domainflow._record_audit_read(p_function text, p_purpose text, p_arguments jsonb)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_purpose text := COALESCE(p_purpose, NULLIF(current_setting('domainflow.purpose', true), ''));
BEGIN
    IF length(v_purpose) > 1000 OR octet_length(p_arguments::text) > 65536 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a purpose has at most 1000 characters, and arguments have 65536 bytes',
            DETAIL = format('purpose: %s characters, arguments: %s bytes', length(v_purpose), octet_length(p_arguments::text)),
            HINT = 'Name a ticket or a case, and leave the rest to it.';
    ELSIF current_setting('transaction_read_only')::boolean THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF405',
            MESSAGE = 'the logs cannot be read in a read-only transaction',
            DETAIL = format('function: %s; on a standby: %s', p_function, pg_is_in_recovery()),
            HINT = 'A read is itself recorded: call it on the primary, in a transaction that may write.';
    END IF;
    INSERT INTO domainflow.audit_read (function_name, purpose, arguments) VALUES (p_function, v_purpose, jsonb_strip_nulls(p_arguments));
END
$$;

COMMENT ON FUNCTION domainflow._record_audit_read(text, text, jsonb) IS 'Records who reads the logs, and what for.';
REVOKE ALL ON FUNCTION domainflow._record_audit_read(text, text, jsonb) FROM PUBLIC;
