-- Whether a transaction id is one that this cluster has given out: after a restore elsewhere, ids of the old cluster may
-- lie ahead.
CREATE OR REPLACE FUNCTION domainflow._has_happened(p_transaction xid8)
RETURNS boolean
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_xact_status(p_transaction);
    RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$$;

COMMENT ON FUNCTION domainflow._has_happened IS 'Whether a transaction id is one that this cluster has given out.';
REVOKE ALL ON FUNCTION domainflow._has_happened FROM PUBLIC;
