-- Drops a policy of a model; returns whether there was one. Logged; counts from the commit on.
-- Proof: Tests/SQL/authz/policies.sql
CREATE OR REPLACE FUNCTION domainflow.drop_access_policy(p_policy text, p_model text DEFAULT 'default')
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_policy record;
BEGIN
    LOCK TABLE domainflow.authz_edge IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM domainflow.authz_policy AS p
     USING domainflow.authz_model AS m
     WHERE m.model = p_model AND p.model_id = m.model_id AND p.policy = p_policy
    RETURNING p.model_id, m.revision, p.resource_type, p.effect INTO v_policy;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE domainflow.authz_model AS m SET generation = m.generation + 1 WHERE m.model_id = v_policy.model_id;
    PERFORM domainflow._generate_authz_dispatch(v_policy.model_id, v_policy.revision);
    PERFORM domainflow._log_authz_change(p_model, NULL, 'drop_access_policy', v_policy.resource_type, NULL,
                                         jsonb_build_object('policy', p_policy, 'effect', v_policy.effect), true);
    RETURN true;
END
$$;

COMMENT ON FUNCTION domainflow.drop_access_policy IS 'Drops a policy of an authorization model; returns whether there was one.';
REVOKE ALL ON FUNCTION domainflow.drop_access_policy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.drop_access_policy TO domainflow_owner, domainflow_admin;
