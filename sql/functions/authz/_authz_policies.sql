-- Whether a policy can allow an action of a type that no fact allows.
CREATE OR REPLACE FUNCTION domainflow._authz_is_open(p_node domainflow.authz_node)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
          FROM domainflow.authz_policy_action AS a
          JOIN domainflow.authz_policy AS p USING (model_id, policy)
         WHERE a.model_id = p_node.model_id AND a.resource_type = p_node.object_type AND a.action = p_node.relation AND p.effect = 'allow')
$$;

COMMENT ON FUNCTION domainflow._authz_is_open IS 'Whether a policy can allow an action of a type that no fact allows.';
REVOKE ALL ON FUNCTION domainflow._authz_is_open FROM PUBLIC;
