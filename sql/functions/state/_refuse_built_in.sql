-- Refuses a null p_built_in with DF202, and with DF102 a built-in machine from anybody but the owner of schema domainflow.
--
-- It asks for the role that is set, else for the one that logged in: inside a definer function current_user is the definer.
CREATE OR REPLACE FUNCTION domainflow._refuse_built_in(p_machine text, p_built_in boolean)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_caller name := COALESCE(NULLIF(current_setting('role'), 'none'), session_user::text)::name;
    v_owner oid := (SELECT n.nspowner FROM pg_namespace AS n WHERE n.nspname = 'domainflow');
BEGIN
    IF p_built_in IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'p_built_in is null',
            DETAIL = format('machine: %s', p_machine),
            HINT = 'Leave it out; true is for the steps of DomainFlow.';
    ELSIF p_built_in AND NOT pg_has_role(v_caller, v_owner, 'MEMBER') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF102',
            MESSAGE = format('only a step of DomainFlow defines a built-in machine such as %s', p_machine),
            DETAIL = format('caller: %I', v_caller),
            HINT = 'Leave p_built_in out.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_built_in(text, boolean) IS 'Refuses built-in machines from callers that do not install DomainFlow.';
REVOKE ALL ON FUNCTION domainflow._refuse_built_in(text, boolean) FROM PUBLIC;
