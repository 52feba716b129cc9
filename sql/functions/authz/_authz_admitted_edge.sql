-- The edge of a fact that the current revision of a model admits; null when it does not.
CREATE OR REPLACE FUNCTION domainflow._authz_admitted_edge(
    p_model text,
    p_kind text,
    p_subject_id text,
    p_relation text,
    p_object_type text
)
RETURNS integer
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.edge
      FROM domainflow.authz_model AS m
      JOIN domainflow.authz_node AS n
        ON n.model_id = m.model_id AND n.revision = m.revision AND n.object_type = p_object_type AND n.relation = p_relation
      JOIN domainflow.authz_link AS l
        ON l.model_id = m.model_id AND l.revision = m.revision AND l.node = n.node AND l.subject_kind = p_kind
       AND CASE p_subject_id WHEN '*' THEN l.wildcard ELSE l.concrete END
     WHERE m.model = p_model
     LIMIT 1
$$;

COMMENT ON FUNCTION domainflow._authz_admitted_edge IS 'The edge of a fact that the current revision of a model admits.';
REVOKE ALL ON FUNCTION domainflow._authz_admitted_edge FROM PUBLIC;
