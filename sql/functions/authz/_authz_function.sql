-- The qualified name of the compiled function that decides a node in a mode.
CREATE OR REPLACE FUNCTION domainflow._authz_function(p_scope domainflow.authz_scope, p_node integer, p_mode text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('domainflow_generated.authz_%s_%s_%s_%s', p_scope.model_id, p_scope.revision, p_node, p_mode)
$$;

COMMENT ON FUNCTION domainflow._authz_function IS 'The name of the compiled function that decides a node.';
REVOKE ALL ON FUNCTION domainflow._authz_function FROM PUBLIC;
