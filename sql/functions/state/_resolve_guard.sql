-- The function behind a guard's name, quoted for use in a statement, and whether it answers with a reason.
--
-- A guard takes (machine, entity_id, from, to, context) and returns boolean, or text: null allows, anything else is the reason. It must be
-- STABLE or IMMUTABLE, so that validating a transition has no side effects, and domainflow_guard must be able to call it. No name, no
-- guard. DF201 for anything else.
CREATE OR REPLACE FUNCTION domainflow._resolve_guard(p_guard text, OUT guard text, OUT gives_reason boolean)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
DECLARE
    v_name text[];
    v_function record;
    v_found text;
BEGIN
    IF p_guard IS NULL THEN
        gives_reason := false;
        RETURN;
    END IF;
    BEGIN
        v_name := parse_ident(p_guard);
    EXCEPTION
        WHEN invalid_parameter_value THEN
            v_name := NULL;
    END;
    SELECT f.oid, n.oid AS schema, format('%I.%I', n.nspname, f.proname) AS name, n.nspname, f.prorettype = 'text'::regtype AS gives_reason,
           has_function_privilege('domainflow_guard', f.oid, 'EXECUTE') AND has_schema_privilege('domainflow_guard', n.oid, 'USAGE') AS callable
      INTO v_function
      FROM pg_proc AS f
      JOIN pg_namespace AS n ON n.oid = f.pronamespace
     WHERE cardinality(v_name) = 2 AND n.nspname::text = v_name[1] AND f.proname::text = v_name[2] AND n.nspname !~ '^pg_temp'
       AND oidvectortypes(f.proargtypes) = 'text, text, text, text, jsonb'
       AND f.prorettype IN ('text'::regtype, 'boolean'::regtype) AND NOT f.proretset AND f.provolatile <> 'v' AND f.prokind = 'f';
    IF NOT FOUND THEN
        SELECT string_agg(f.text, '; ' ORDER BY f.text) INTO v_found
          FROM (SELECT format('%I.%I(%s) returns %s%s, %s', n.nspname, f.proname, oidvectortypes(f.proargtypes),
                              CASE WHEN f.proretset THEN 'SETOF ' END, format_type(f.prorettype, -1),
                              CASE f.provolatile WHEN 'v' THEN 'VOLATILE' WHEN 's' THEN 'STABLE' ELSE 'IMMUTABLE' END) AS text
                  FROM pg_proc AS f
                  JOIN pg_namespace AS n ON n.oid = f.pronamespace
                 WHERE f.proname::text = v_name[cardinality(v_name)]
                   AND (cardinality(v_name) = 1 OR (cardinality(v_name) = 2 AND n.nspname::text = v_name[1]))
                 ORDER BY 1
                 LIMIT 3) AS f;
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('%s is not a guard', quote_literal(domainflow._shown(p_guard))),
            DETAIL = 'A guard is a STABLE or IMMUTABLE function (text, text, text, text, jsonb) that returns boolean or text.'
                     || COALESCE(' There is: ' || domainflow._shown(v_found, 500), ''),
            HINT = 'Create it as f(p_machine text, p_entity_id text, p_from text, p_to text, p_context jsonb), and write its schema in front.';
    END IF;
    IF NOT v_function.callable THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('guard %s may not be called by domainflow_guard', v_function.name),
            DETAIL = 'Guards are called by that role, which has no other rights.',
            HINT = format('GRANT USAGE ON SCHEMA %I TO domainflow_guard; GRANT EXECUTE ON FUNCTION %s(text, text, text, text, jsonb) TO '
                          'domainflow_guard; and make it SECURITY DEFINER if it reads tables.', v_function.nspname, v_function.name);
    END IF;
    guard := v_function.name;
    gives_reason := v_function.gives_reason;
END
$$;

COMMENT ON FUNCTION domainflow._resolve_guard(text) IS 'The function behind a guard''s name, and whether it answers with a reason.';
REVOKE ALL ON FUNCTION domainflow._resolve_guard(text) FROM PUBLIC;
