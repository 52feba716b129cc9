-- Waits until no other maintainer works on the table, and keeps others away until the caller's transaction ends. Readers and writers go on.
--
-- SHARE UPDATE EXCLUSIVE, because only the owner of a table may take it (and roles with UPDATE, DELETE or TRUNCATE on it, of which
-- there are none): an advisory lock is free for every role that guesses its key.
CREATE OR REPLACE FUNCTION domainflow._lock_for_maintenance(p_parent regclass)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', p_parent);
END
$$;

COMMENT ON FUNCTION domainflow._lock_for_maintenance(regclass) IS 'One maintainer of a partitioned table at a time.';
REVOKE ALL ON FUNCTION domainflow._lock_for_maintenance(regclass) FROM PUBLIC;
