-- The subjects of a kind (user, or group#member) that have an action on a resource, in the order of their ids.
--
-- A subject counts if has_access allows it and a fact on the way, or a policy, names it; * stands for every subject of the
-- type and is a row of its own. Pages by key as list_resources. Walks from the resource over the facts about it; only what
-- that finds is decided; where a policy may allow what no fact does, every subject that facts name is.
-- Proof: Tests/SQL/authz/lists.sql, tools/verify/openfga.py
CREATE OR REPLACE FUNCTION domainflow.list_subjects(
    p_resource_type text,
    p_resource_id text,
    p_action text,
    p_subject_kind text,
    p_after text DEFAULT '',
    p_limit integer DEFAULT 1000,
    p_model text DEFAULT 'default',
    p_facts jsonb DEFAULT NULL,
    p_max_depth integer DEFAULT NULL,
    p_context jsonb DEFAULT NULL,
    OUT subject_id text,
    OUT complete boolean
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
-- The name of the function is the compiler's. @plpgsql_check_options: security_warnings = off, performance_warnings = off
DECLARE
    v_facts domainflow.authz_fact[];
    v_node domainflow.authz_node;
    v_scope domainflow.authz_scope;
    v_found text[];
    v_policies record;
BEGIN
    PERFORM domainflow._check_authz_limit(p_limit);
    v_node := domainflow._authz_named_node(p_model, p_resource_type, CASE WHEN p_resource_id IS NOT NULL THEN p_action END, p_subject_kind);
    v_facts := domainflow._authz_facts(p_model, p_facts);
    v_scope := ROW(v_node.model_id, v_node.revision, NULL, false);
    SELECT * INTO v_policies FROM domainflow._authz_policies(v_node);
    EXECUTE format($sql$
        SELECT ARRAY(
            SELECT c.subject_id
              FROM (SELECT n.subject_id, bool_or(n.named) AS named
                      FROM (SELECT s.subject_id, NOT $11 AS named FROM domainflow._authz_subjects($1, $2, $3, $4) AS s (subject_id)
                             UNION ALL
                            SELECT r.subject_id, true
                              FROM domainflow.authz_edge AS e
                              JOIN (SELECT r.edge, r.subject_id FROM domainflow.relationship AS r
                                     UNION ALL SELECT f.edge, f.subject_id FROM unnest($4) AS f) AS r USING (edge)
                             WHERE $11 AND e.model_id = ($1).model_id AND e.subject_kind = $3) AS n
                     GROUP BY n.subject_id) AS c
             CROSS JOIN LATERAL (SELECT CASE c.subject_id WHEN '*' THEN %s($2, $3, c.subject_id, $4, $7)
                                             ELSE %s($2, $3, c.subject_id, $4, $7) END AS yes) AS v
             WHERE c.subject_id > $5 AND (c.named OR v.yes)
               AND CASE WHEN $8 OR $9 ? 'scopes'
                        THEN (SELECT j.allowed FROM domainflow._authz_judge(
                                  $10, CASE WHEN v.yes THEN 1 ELSE -1 END * CASE WHEN $8 THEN 1 ELSE 2 END,
                                  domainflow._authz_subject_text($3, c.subject_id),
                                  ($1).relation, ($1).object_type, $2, $9) AS j)
                        ELSE v.yes END
             ORDER BY c.subject_id COLLATE "C"
             LIMIT $6 + 1)$sql$, domainflow._authz_function(v_scope, v_node.node, 't'),
                   domainflow._authz_function(v_scope, v_node.node, CASE WHEN v_node.reaches_wildcard THEN 'd' ELSE 't' END))
      INTO v_found
     USING v_node, p_resource_id, p_subject_kind, v_facts, p_after, p_limit, p_max_depth, v_policies.have_a_say, p_context, p_model,
           v_policies.may_allow;
    RETURN QUERY SELECT f.id, cardinality(v_found) <= p_limit FROM unnest(v_found[:p_limit]) WITH ORDINALITY AS f (id, place) ORDER BY f.place;
END
$$;

COMMENT ON FUNCTION domainflow.list_subjects IS 'The subjects of a kind that have an action on a resource, a page at a time.';
REVOKE ALL ON FUNCTION domainflow.list_subjects FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.list_subjects TO domainflow_app;
