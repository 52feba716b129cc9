-- The objects of a node's type that facts about a subject lead to, whatever "and" and "but not" say: every one that
-- has_access allows is among them.
CREATE OR REPLACE FUNCTION domainflow._authz_objects(
    p_node domainflow.authz_node,
    p_kind text,
    p_subject text,
    p_facts domainflow.authz_fact []
)
RETURNS SETOF text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE relevant (node) AS (
        SELECT p_node.node
        UNION
        SELECT l.source
          FROM relevant AS r
          JOIN domainflow.authz_link AS l
            ON l.model_id = p_node.model_id AND l.revision = p_node.revision AND l.node = r.node AND NOT l.negative
         WHERE l.source IS NOT NULL
    ), link AS MATERIALIZED (
        SELECT l.*
          FROM domainflow.authz_link AS l
         WHERE l.model_id = p_node.model_id AND l.revision = p_node.revision AND NOT l.negative AND l.node IN (SELECT r.node FROM relevant AS r)
    ), walk (node, object_id) AS (
        (SELECT l.node, t.object_id
          FROM link AS l
         CROSS JOIN unnest(ARRAY[CASE WHEN l.concrete THEN p_subject END, CASE WHEN l.wildcard THEN '*' END]) AS s (id)
         CROSS JOIN LATERAL domainflow._authz_objects_of(l.edge, s.id, p_facts) AS t (object_id)
         WHERE l.source IS NULL AND l.subject_kind = p_kind
         UNION ALL
        SELECT n.node, p_subject
          FROM domainflow.authz_node AS n
         WHERE n.model_id = p_node.model_id AND n.revision = p_node.revision AND n.object_type || '#' || n.relation = p_kind
           AND n.node IN (SELECT r.node FROM relevant AS r))
        UNION
        SELECT l.node, CASE WHEN l.edge IS NULL THEN w.object_id ELSE t.object_id END
          FROM walk AS w
          JOIN link AS l ON l.source = w.node
          LEFT JOIN LATERAL domainflow._authz_objects_of(l.edge, w.object_id, p_facts) AS t (object_id) ON true
         WHERE l.edge IS NULL OR t.object_id IS NOT NULL
    )
    SELECT DISTINCT w.object_id FROM walk AS w WHERE w.node = p_node.node
$$;

COMMENT ON FUNCTION domainflow._authz_objects IS 'The objects that facts about a subject lead to.';
REVOKE ALL ON FUNCTION domainflow._authz_objects FROM PUBLIC;
