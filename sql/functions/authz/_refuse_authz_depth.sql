-- Raises DF204: a decision needed more steps over facts than its call allowed.
CREATE OR REPLACE FUNCTION domainflow._refuse_authz_depth()
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Volatile, so that no plan evaluates it. @plpgsql_check_options: performance_warnings = off
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'DF204',
        MESSAGE = format('the decision needs more steps than %s', 'p_max_depth'),
        DETAIL = 'Each fact that leads from one object to another is a step.',
        HINT = 'Raise p_max_depth or leave it out: decisions end by themselves, also where facts lead in a circle.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_authz_depth IS 'Raises DF204 for a decision deeper than its call allowed.';
REVOKE ALL ON FUNCTION domainflow._refuse_authz_depth FROM PUBLIC;
