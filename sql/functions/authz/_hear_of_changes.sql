-- Makes the session look at functions that were compiled since its transaction began.
--
-- A session hears of changed functions when its transaction begins, and when it locks a table that it has not locked yet.
-- In a transaction that has locked all that it needs, it goes on with the old ones. authz_signal is never locked for
-- longer than this call.
CREATE OR REPLACE FUNCTION domainflow._hear_of_changes()
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT FROM pg_relation_size('domainflow.authz_signal')
$$;

COMMENT ON FUNCTION domainflow._hear_of_changes IS 'Makes the session look at functions that were compiled since its transaction began.';
REVOKE ALL ON FUNCTION domainflow._hear_of_changes FROM PUBLIC;
