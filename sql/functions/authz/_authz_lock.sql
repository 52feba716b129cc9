-- First key of the advisory locks of this room; the second one is the number of a model.
CREATE OR REPLACE FUNCTION domainflow._authz_lock()
RETURNS integer
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT 1684423777
$$;

COMMENT ON FUNCTION domainflow._authz_lock IS 'First key of the advisory locks of room authz.';
REVOKE ALL ON FUNCTION domainflow._authz_lock FROM PUBLIC;
