-- SQL that decides a relation of p_object without facts of the call or a limit of steps: in place, or by a call where a
-- walk is needed.
CREATE OR REPLACE FUNCTION domainflow._authz_usual_sql(p_node domainflow.authz_node)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN p_node.component IS NULL
                THEN format('(%s OR %s)', domainflow._authz_is_subject(p_node, 'p_object'),
                            domainflow._authz_sql(s.scope, p_node.expression, 't', 'p_object', 1))
                ELSE format('%s(p_object, p_kind, p_subject, NULL, NULL)', domainflow._authz_function(s.scope, p_node.node, 't')) END
      FROM (SELECT ROW(p_node.model_id, p_node.revision, NULL, NULL)::domainflow.authz_scope AS scope) AS s
$$;

COMMENT ON FUNCTION domainflow._authz_usual_sql IS 'SQL that decides a relation without facts of the call or a limit of steps.';
REVOKE ALL ON FUNCTION domainflow._authz_usual_sql FROM PUBLIC;
