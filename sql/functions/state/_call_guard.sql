-- Calls the guard of a transition: its verdict as text, or why it failed.
--
-- SECURITY DEFINER, and its owner is domainflow_guard, a role without rights: a guard that is SECURITY INVOKER can read nothing but what
-- PUBLIC may, one that is SECURITY DEFINER runs as its own owner. What it did is undone once it has answered: settings, such as a search_path, temporary
-- tables and rows would outlast it in the session of whoever moves the state. What a guard raises is a failure of that guard, not of the call; errors that
-- are no answer (a lost serialization, a lock that was not granted, resources, a shutdown, a cancelled statement) go through. The guard
-- must exist with exactly these arguments, so no overload takes its place.
CREATE OR REPLACE FUNCTION domainflow._call_guard(
    p_guard text,
    p_machine text,
    p_entity_id text,
    p_from text,
    p_to text,
    p_context jsonb,
    OUT verdict text,
    OUT failure text
)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
-- The guard's name was quoted by _resolve_guard(). @plpgsql_check_options: security_warnings = off
DECLARE
    v_answered boolean := false;
BEGIN
    -- A restore by a role that is no superuser leaves the function to that role: its rights are not a guard's.
    IF current_user <> 'domainflow_guard' THEN
        failure := format('domainflow._call_guard belongs to %s instead of domainflow_guard: see catalog_drift()', current_user);
        RETURN;
    END IF;
    IF to_regprocedure(p_guard || '(pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.jsonb)') IS NULL THEN
        failure := 'the function does not exist';
        RETURN;
    END IF;
    EXECUTE format('SELECT %s($1, $2, $3, $4, $5)::pg_catalog.text', p_guard)
       INTO verdict
      USING p_machine, p_entity_id, p_from, p_to, p_context;
    -- A STRICT function is not run for a null, and its null would read as "allowed".
    IF verdict IS NULL AND p_context IS NULL AND (
           SELECT f.proisstrict
             FROM pg_proc AS f
            WHERE f.oid = to_regprocedure(p_guard || '(pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.jsonb)')) THEN
        failure := 'it is STRICT, and so was not run with a context that is null';
    END IF;
    v_answered := true;
    RAISE EXCEPTION USING ERRCODE = 'DF000', MESSAGE = 'the guard has answered';
EXCEPTION
    WHEN OTHERS OR assert_failure THEN
        IF v_answered AND SQLSTATE = 'DF000' THEN
            RETURN;
        END IF;
        IF left(SQLSTATE, 2) IN ('40', '53', '57', '58', 'XX') OR SQLSTATE = '55P03' THEN
            RAISE;
        END IF;
        failure := format('%s (%s)', SQLERRM, SQLSTATE);
END
$$;

COMMENT ON FUNCTION domainflow._call_guard(text, text, text, text, text, jsonb)
IS 'Calls the guard of a transition as a role without rights: its verdict, or why it failed.';
REVOKE ALL ON FUNCTION domainflow._call_guard(text, text, text, text, text, jsonb) FROM PUBLIC;
