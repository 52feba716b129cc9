-- The fact about a subject that would allow what is denied, with the fewest steps from the object; null when there is no
-- single one among the nearest 200.
CREATE OR REPLACE FUNCTION domainflow._authz_missing_fact(
    p_node domainflow.authz_node,
    p_object text,
    p_kind text,
    p_subject text,
    p_facts domainflow.authz_fact [],
    OUT object_type text,
    OUT object_id text,
    OUT relation text
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
-- The name of the function is the compiler's. @plpgsql_check_options: security_warnings = off
DECLARE
    v_function text := domainflow._authz_function(ROW(p_node.model_id, p_node.revision, NULL, false), p_node.node, 't');
    v_place record;
    v_allowed boolean;
BEGIN
    FOR v_place IN
        WITH RECURSIVE walk (node, object_id, steps) AS (
            SELECT p_node.node, p_object COLLATE "C", 0
            UNION
            SELECT l.source, CASE WHEN l.edge IS NULL THEN w.object_id ELSE r.subject_id END, w.steps + 1
              FROM walk AS w
              JOIN domainflow.authz_link AS l
                ON l.model_id = p_node.model_id AND l.revision = p_node.revision AND l.node = w.node AND l.source IS NOT NULL AND NOT l.negative
              LEFT JOIN domainflow.relationship AS r
                ON r.edge = l.edge AND r.object_id = w.object_id AND (r.valid_until IS NULL OR r.valid_until > clock_timestamp())
             WHERE (l.edge IS NULL OR r.subject_id <> '*') AND w.steps < 10
        )
        SELECT e.object_type, w.object_id, e.relation, e.edge, min(w.steps) AS steps
          FROM walk AS w
          JOIN domainflow.authz_link AS l
            ON l.model_id = p_node.model_id AND l.revision = p_node.revision AND l.node = w.node AND l.subject_kind = p_kind AND l.concrete
           AND NOT l.negative
          JOIN domainflow.authz_edge AS e ON e.edge = l.edge
         GROUP BY e.object_type, w.object_id, e.relation, e.edge
         ORDER BY min(w.steps), e.object_type, e.relation, w.object_id
         LIMIT 200
    LOOP
        EXECUTE format('SELECT %s($1, $2, $3, $4, NULL)', v_function) INTO v_allowed
          USING p_object, p_kind, p_subject, p_facts || ROW(v_place.edge, v_place.object_id, p_subject)::domainflow.authz_fact;
        IF v_allowed THEN
            object_type := v_place.object_type;
            object_id := v_place.object_id;
            relation := v_place.relation;
            RETURN;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._authz_missing_fact IS 'The nearest fact about a subject that would allow what is denied.';
REVOKE ALL ON FUNCTION domainflow._authz_missing_fact FROM PUBLIC;
