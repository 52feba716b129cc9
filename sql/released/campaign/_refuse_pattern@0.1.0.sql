-- Raises what is wrong with a pattern: a missing member is DF202, an unknown one DF203, any other bad value DF201 or DF204.
CREATE OR REPLACE FUNCTION domainflow._refuse_pattern(p_code text, p_member text, p_problem text, p_value text, p_hint text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = p_code,
        MESSAGE = format('pattern: %s %s', p_member, p_problem),
        DETAIL = format('%s: %s', p_member, COALESCE(p_value, 'null')),
        HINT = p_hint;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_pattern IS
    'Raises what is wrong with a pattern';
REVOKE ALL ON FUNCTION domainflow._refuse_pattern FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._refuse_pattern TO domainflow_app, domainflow_reader;
