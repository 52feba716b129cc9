-- The nodes of the scope's component that an expression refers to.
CREATE OR REPLACE FUNCTION domainflow._authz_within(p_scope domainflow.authz_scope, p_expression jsonb)
RETURNS integer []
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT COALESCE(array_agg(DISTINCT n.node), '{}')
      FROM domainflow._authz_leaves(p_expression) AS l
      JOIN domainflow.authz_node AS n
        ON n.model_id = p_scope.model_id AND n.revision = p_scope.revision AND n.node = l.source AND n.component = p_scope.component
$$;

COMMENT ON FUNCTION domainflow._authz_within IS 'The nodes of the component that an expression refers to.';
REVOKE ALL ON FUNCTION domainflow._authz_within FROM PUBLIC;
