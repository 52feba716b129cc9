-- The places (node and object) of a component that can matter for one of them, itself included.
CREATE OR REPLACE FUNCTION domainflow._authz_reach(
    p_scope domainflow.authz_scope,
    p_node integer,
    p_object text,
    p_facts domainflow.authz_fact [],
    OUT node integer,
    OUT object_id text
)
RETURNS SETOF record
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE reach (node, object_id) AS (
        SELECT p_node, p_object COLLATE "C"
        UNION
        SELECT l.source, CASE WHEN l.edge IS NULL THEN r.object_id ELSE t.subject_id END
          FROM reach AS r
          JOIN domainflow.authz_link AS l ON l.model_id = p_scope.model_id AND l.revision = p_scope.revision AND l.node = r.node
          JOIN domainflow.authz_node AS n
            ON n.model_id = l.model_id AND n.revision = l.revision AND n.node = l.source AND n.component = p_scope.component
          LEFT JOIN LATERAL domainflow._authz_subjects_of(l.edge, r.object_id, p_facts) AS t (subject_id) ON true
         WHERE l.edge IS NULL OR t.subject_id IS NOT NULL
    )
    SELECT r.node, r.object_id FROM reach AS r
$$;

COMMENT ON FUNCTION domainflow._authz_reach IS 'The places of a component that can matter for one of them.';
REVOKE ALL ON FUNCTION domainflow._authz_reach FROM PUBLIC;
