-- Whether policies have a say about an action of a type, and whether one can allow what no fact allows.
CREATE OR REPLACE FUNCTION domainflow._authz_policies(p_node domainflow.authz_node, OUT have_a_say boolean, OUT may_allow boolean)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*) > 0, COALESCE(bool_or(p.effect = 'allow'), false)
      FROM domainflow.authz_policy_action AS a
      JOIN domainflow.authz_policy AS p USING (model_id, policy)
     WHERE a.model_id = p_node.model_id AND a.resource_type = p_node.object_type AND a.action = p_node.relation
$$;

COMMENT ON FUNCTION domainflow._authz_policies IS 'Whether policies have a say about an action, and whether one can allow it.';
REVOKE ALL ON FUNCTION domainflow._authz_policies FROM PUBLIC;
