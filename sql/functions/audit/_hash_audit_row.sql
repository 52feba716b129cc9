-- Canonical version and hash of one row, for the rows of a batch of which at least one cannot be hashed in the usual
-- way.
--
-- Never fails: a text that UTF-8 lacks is hashed as its bytes (version 2), a row that cannot be read by id and time
-- alone (version 0), which is the witness that it was there.
-- Proof: Tests/SQL/audit/seal.sql
CREATE OR REPLACE FUNCTION domainflow._hash_audit_row(
    p_id uuid,
    p_decided_at timestamp with time zone,
    OUT version smallint,
    OUT row_hash bytea
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    FOR v_version IN domainflow._canonical_version()::integer .. 2 LOOP
        BEGIN
            SELECT v_version::smallint, domainflow._audit_row_hash(a, v_version::smallint)
              INTO version, row_hash
              FROM domainflow.audit_log AS a
             WHERE a.id = p_id AND a.decided_at = p_decided_at;
            RETURN;
        EXCEPTION
            WHEN serialization_failure OR deadlock_detected THEN
                RAISE;
            -- Cancelling is none of these.
            WHEN OTHERS THEN
                CONTINUE;
        END;
    END LOOP;
    version := 0::smallint;
    row_hash := sha256(decode('00', 'hex') || uuid_send(p_id) || timestamptz_send(p_decided_at));
END
$$;

COMMENT ON FUNCTION domainflow._hash_audit_row(uuid, timestamp with time zone)
IS 'Canonical version and hash of one audit row, whatever is wrong with it.';
REVOKE ALL ON FUNCTION domainflow._hash_audit_row(uuid, timestamp with time zone) FROM PUBLIC;
