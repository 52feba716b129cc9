-- Refuses, with DF102, to manage a table for somebody who does not own it. A table that is gone has no owner.
--
-- It asks for the role that is set, else for the one that logged in: inside a definer function current_user is the definer.
CREATE OR REPLACE FUNCTION domainflow._refuse_foreign_table(p_table regclass)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_caller name := COALESCE(NULLIF(current_setting('role'), 'none'), session_user::text)::name;
    v_owner oid := (SELECT c.relowner FROM pg_class AS c WHERE c.oid = p_table);
BEGIN
    IF NOT pg_has_role(v_caller, v_owner, 'USAGE') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF102',
            MESSAGE = format('table %s belongs to somebody else', p_table),
            DETAIL = format('owner: %I, caller: %I', pg_get_userbyid(v_owner), v_caller),
            HINT = 'Let its owner, as a member of domainflow_owner, call this.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_foreign_table(regclass) IS 'Refuses a table that the caller does not own.';
REVOKE ALL ON FUNCTION domainflow._refuse_foreign_table(regclass) FROM PUBLIC;
