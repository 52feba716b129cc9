-- True when a change of an audit row removes its values and nothing else, and audit_erasure says so already.
CREATE OR REPLACE FUNCTION domainflow._is_erasure(p_old jsonb, p_new jsonb)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p_new = p_old || domainflow._erased_values()
           AND EXISTS (SELECT FROM domainflow.audit_erasure AS e WHERE e.id = (p_old ->> 'id')::uuid)
$$;

COMMENT ON FUNCTION domainflow._is_erasure(jsonb, jsonb)
IS 'Whether a change of an audit row is the erasure that audit_erasure has.';
REVOKE ALL ON FUNCTION domainflow._is_erasure(jsonb, jsonb) FROM PUBLIC;
