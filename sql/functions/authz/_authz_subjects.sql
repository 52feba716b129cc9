-- The subjects of a kind that facts about an object lead to, whatever "and" and "but not" say.
CREATE OR REPLACE FUNCTION domainflow._authz_subjects(
    p_node domainflow.authz_node,
    p_object text,
    p_kind text,
    p_facts domainflow.authz_fact []
)
RETURNS SETOF text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE walk (node, object_id) AS (
        SELECT p_node.node, p_object COLLATE "C"
        UNION
        SELECT l.source, CASE WHEN l.edge IS NULL THEN w.object_id ELSE t.subject_id END
          FROM walk AS w
          JOIN domainflow.authz_link AS l
            ON l.model_id = p_node.model_id AND l.revision = p_node.revision AND l.node = w.node AND l.source IS NOT NULL AND NOT l.negative
          LEFT JOIN LATERAL domainflow._authz_subjects_of(l.edge, w.object_id, p_facts) AS t (subject_id) ON true
         WHERE l.edge IS NULL OR t.subject_id <> '*'
    )
    SELECT DISTINCT t.subject_id
      FROM walk AS w
      JOIN domainflow.authz_link AS l
        ON l.model_id = p_node.model_id AND l.revision = p_node.revision AND l.node = w.node AND l.source IS NULL AND NOT l.negative
       AND l.subject_kind = p_kind
     CROSS JOIN LATERAL domainflow._authz_subjects_of(l.edge, w.object_id, p_facts) AS t (subject_id)
     WHERE CASE t.subject_id WHEN '*' THEN l.wildcard ELSE l.concrete END
     UNION
    SELECT w.object_id
      FROM walk AS w
      JOIN domainflow.authz_node AS n ON n.model_id = p_node.model_id AND n.revision = p_node.revision AND n.node = w.node
     WHERE n.object_type || '#' || n.relation = p_kind
$$;

COMMENT ON FUNCTION domainflow._authz_subjects IS 'The subjects of a kind that facts about an object lead to.';
REVOKE ALL ON FUNCTION domainflow._authz_subjects FROM PUBLIC;
