-- The latest recorded text of a fingerprint, for the login that recorded it and nobody else; or why its plan cannot be taken.
--
-- Planning runs functions that are marked IMMUTABLE, so a plan is taken with the rights of the login that recorded the text, and in a session
-- of that login: after SET ROLE such a function could RESET it. Never as a superuser.
-- SECURITY DEFINER, because the application cannot read what it recorded.
CREATE OR REPLACE FUNCTION domainflow._plan_request(p_fingerprint text, p_current_role text)
RETURNS TABLE (query text, refusal text)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_roles text[];
    v_parameters boolean;
    v_shape text;
    v_timeout numeric;
BEGIN
    IF p_fingerprint IS NULL OR p_fingerprint !~ '^[0-9a-f]{16}$' THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN p_fingerprint IS NULL THEN 'DF202' ELSE 'DF201' END,
            MESSAGE = 'a fingerprint has 16 hexadecimal digits',
            DETAIL = format('fingerprint: %s', COALESCE(domainflow._shown(p_fingerprint), 'null')),
            HINT = 'Take it from get_slow_queries() or query_fingerprint().';
    END IF;
    SELECT array_agg(DISTINCT m.session_role)
      INTO v_roles
      FROM domainflow.query_performance_metrics AS m
     WHERE m.fingerprint = p_fingerprint;
    IF v_roles IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = 'no recorded statement has that fingerprint',
            DETAIL = format('fingerprint: %s', p_fingerprint),
            HINT = 'Recorded statements go with their partition; see get_slow_queries() for those that are there.';
    END IF;
    SELECT s.setting::numeric INTO v_timeout FROM pg_settings AS s WHERE s.name = 'statement_timeout';
    IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = session_user) THEN
        refusal := 'planning runs functions that the statement names, and a superuser must not run them';
    ELSIF NOT COALESCE(session_user::text = ANY (v_roles), false) THEN
        refusal := format('it was recorded by %s: connect as that role, since planning runs functions that the statement names',
                          COALESCE((SELECT string_agg(domainflow._shown(r.name, 63), ', ') FROM unnest(v_roles) AS r (name)),
                                   'a release that did not note the role'));
    ELSIF p_current_role IS DISTINCT FROM session_user::text THEN
        refusal := 'SET ROLE is in force, and what planning runs could reset it';
    ELSIF v_timeout NOT BETWEEN 1 AND 60000 THEN
        refusal := 'no time limit is set: SET statement_timeout = ''5s'' first, at most 60s';
    END IF;
    IF refusal IS NULL THEN
        SELECT m.query
          INTO query
          FROM domainflow.query_performance_metrics AS m
         WHERE m.fingerprint = p_fingerprint AND m.session_role = session_user::text
         ORDER BY m.recorded_at DESC
         LIMIT 1;
        v_shape := domainflow.normalize_query(query);
        v_parameters := query ~ $re$\$[0-9]$re$;
        IF length(query) >= 4000 THEN
            refusal := 'its recorded text was cut off at 4000 characters';
        ELSIF v_shape !~ $re$^[( ]*(select|with|insert|update|delete|merge|values|table)\M$re$ THEN
            refusal := 'EXPLAIN does not take statements of its kind';
        ELSIF v_parameters AND current_setting('server_version_num')::integer < 160000 THEN
            refusal := 'it has parameters, and PostgreSQL plans those without values from version 16 on';
        END IF;
        IF refusal IS NULL AND v_parameters THEN
            query := 'EXPLAIN (GENERIC_PLAN, VERBOSE) ' || query;
        ELSIF refusal IS NULL THEN
            query := 'EXPLAIN (VERBOSE) ' || query;
        END IF;
    END IF;
    IF refusal IS NOT NULL THEN
        query := NULL;
    END IF;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION domainflow._plan_request(text, text) IS 'The text to plan for the login that recorded it, or why it is not planned.';
REVOKE ALL ON FUNCTION domainflow._plan_request(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._plan_request(text, text) TO domainflow_app, domainflow_reader;
