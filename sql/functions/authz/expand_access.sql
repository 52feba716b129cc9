-- How a relation of a resource comes about: a row for each fact on the way, whoever the subject is, nearest first.
--
-- Follows relations of the same object and facts that lead to other objects; "taken away" marks what stands on the right
-- of a "but not". At most p_limit rows. Not for the application role.
-- Proof: Tests/SQL/authz/explain.sql
CREATE OR REPLACE FUNCTION domainflow.expand_access(
    p_resource_type text,
    p_resource_id text,
    p_action text,
    p_model text DEFAULT 'default',
    p_limit integer DEFAULT 1000,
    OUT steps integer,
    OUT resource text,
    OUT relation text,
    OUT subject text,
    OUT taken_away boolean,
    OUT valid_until timestamp with time zone,
    OUT granted_by text,
    OUT reason text
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_node domainflow.authz_node;
BEGIN
    PERFORM domainflow._check_authz_limit(p_limit);
    v_node := domainflow._authz_named_node(p_model, p_resource_type, CASE WHEN p_resource_id IS NOT NULL THEN p_action END, p_resource_type);
    RETURN QUERY
        WITH RECURSIVE link AS MATERIALIZED (
            SELECT l.* FROM domainflow.authz_link AS l WHERE l.model_id = v_node.model_id AND l.revision = v_node.revision
        ), walk (node, object_id, steps, negative) AS (
            SELECT v_node.node, p_resource_id COLLATE "C", 0, false
            UNION
            SELECT l.source, CASE WHEN l.edge IS NULL THEN w.object_id ELSE r.subject_id END,
                   w.steps + CASE WHEN l.edge IS NULL THEN 0 ELSE 1 END, w.negative <> l.negative
              FROM walk AS w
              JOIN link AS l ON l.node = w.node AND l.source IS NOT NULL
              LEFT JOIN domainflow.relationship AS r
                ON r.edge = l.edge AND r.object_id = w.object_id AND (r.valid_until IS NULL OR r.valid_until > clock_timestamp())
             WHERE (l.edge IS NULL OR r.subject_id <> '*') AND w.steps < 25
        )
        SELECT min(w.steps), e.object_type || ':' || r.object_id, e.relation::text,
               domainflow._authz_subject_text(e.subject_kind, r.subject_id), w.negative <> l.negative, r.valid_until, r.granted_by, r.reason
          FROM walk AS w
          JOIN link AS l ON l.node = w.node AND l.edge IS NOT NULL
          JOIN domainflow.authz_edge AS e ON e.edge = l.edge
          JOIN domainflow.relationship AS r
            ON r.edge = l.edge AND r.object_id = w.object_id AND (r.valid_until IS NULL OR r.valid_until > clock_timestamp())
         GROUP BY e.object_type, r.object_id, e.relation, e.subject_kind, r.subject_id, w.negative <> l.negative, r.valid_until, r.granted_by, r.reason
         ORDER BY 1, 2, 3, 4
         LIMIT p_limit;
END
$$;

COMMENT ON FUNCTION domainflow.expand_access IS 'How a relation of a resource comes about: the facts on the way, nearest first.';
REVOKE ALL ON FUNCTION domainflow.expand_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.expand_access TO domainflow_auditor, domainflow_admin;
