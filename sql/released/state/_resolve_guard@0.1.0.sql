-- The function behind a guard's name, quoted for use in a statement, and whether it answers with a reason.
--
-- A guard takes (machine, entity_id, from, to, context) and returns boolean, or text: null allows, anything else is the reason. It must be
-- STABLE or IMMUTABLE, so that validating a transition has no side effects. No name, no guard. DF201 for anything else.
CREATE OR REPLACE FUNCTION domainflow._resolve_guard(p_guard text, OUT guard text, OUT gives_reason boolean)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_guard IS NULL THEN
        gives_reason := false;
        RETURN;
    END IF;
    SELECT format('%I.%I', n.nspname, f.proname), f.prorettype = 'text'::regtype
      INTO guard, gives_reason
      FROM pg_proc AS f
      JOIN pg_namespace AS n ON n.oid = f.pronamespace
     WHERE f.oid = to_regprocedure(p_guard || '(text,text,text,text,jsonb)')
       AND f.prorettype IN ('text'::regtype, 'boolean'::regtype) AND NOT f.proretset AND f.provolatile <> 'v';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('%s is not a guard', quote_literal(p_guard)),
            DETAIL = 'A guard is a STABLE or IMMUTABLE function (text, text, text, text, jsonb) that returns boolean or text.',
            HINT = 'Create it as f(p_machine text, p_entity_id text, p_from text, p_to text, p_context jsonb), and write its schema in front.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._resolve_guard(text) IS 'The function behind a guard''s name, and whether it answers with a reason.';
REVOKE ALL ON FUNCTION domainflow._resolve_guard(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._resolve_guard(text) TO domainflow_owner;
