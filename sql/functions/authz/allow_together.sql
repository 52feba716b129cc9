-- Takes a forbid_together back; returns whether there was one. Logged.
-- Proof: Tests/SQL/authz/forbidden.sql
CREATE OR REPLACE FUNCTION domainflow.allow_together(p_role_a text, p_role_b text, p_model text DEFAULT 'default')
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM domainflow.authz_exclusion AS x
     USING domainflow.authz_model AS m
     WHERE m.model = p_model AND x.model_id = m.model_id
       AND x.role_a = least(p_role_a, p_role_b) AND x.role_b = greatest(p_role_a, p_role_b);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM domainflow._log_authz_change(p_model, NULL, 'allow_together', 'authz_model', p_model,
                                         jsonb_build_object('role_a', p_role_a, 'role_b', p_role_b), false);
    RETURN true;
END
$$;

COMMENT ON FUNCTION domainflow.allow_together IS 'Takes a forbid_together back; returns whether there was one.';
REVOKE ALL ON FUNCTION domainflow.allow_together FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.allow_together TO domainflow_owner, domainflow_admin;
