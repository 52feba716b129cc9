-- The subjects of a kind (user, or group#member) that have an action on a resource, in the order of their ids.
--
-- A subject counts if has_access allows it and a fact on the way names it; * stands for every subject of the type and is a row of its own. Pages by key
-- as list_resources. Walks from the resource over the facts about it; only what that finds is decided.
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
    OUT subject_id text,
    OUT complete boolean
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
-- The name of the function is the compiler's. @plpgsql_check_options: security_warnings = off
DECLARE
    v_facts domainflow.authz_fact[];
    v_node domainflow.authz_node;
    v_scope domainflow.authz_scope;
    v_found text[];
BEGIN
    PERFORM domainflow._check_authz_limit(p_limit);
    PERFORM domainflow._refuse_authz_names(p_model, p_resource_type, p_action, p_subject_kind)
      WHERE NOT EXISTS (
            SELECT FROM domainflow.authz_model AS m
              JOIN domainflow.authz_node AS n USING (model_id, revision)
              JOIN domainflow.authz_node AS k USING (model_id, revision)
             WHERE m.model = p_model AND n.object_type = p_resource_type AND n.relation = p_action AND p_resource_id IS NOT NULL
               AND concat_ws('#', k.object_type, k.relation) = p_subject_kind);
    v_facts := domainflow._authz_facts(p_model, p_facts);
    SELECT n.* INTO v_node
      FROM domainflow.authz_model AS m
      JOIN domainflow.authz_node AS n USING (model_id, revision)
     WHERE m.model = p_model AND n.object_type = p_resource_type AND n.relation = p_action;
    v_scope := ROW(v_node.model_id, v_node.revision, NULL, false);
    EXECUTE format($sql$
        SELECT ARRAY(
            SELECT c.subject_id
              FROM domainflow._authz_subjects($1, $2, $3, $4) AS c (subject_id)
             WHERE c.subject_id > $5
               AND CASE c.subject_id WHEN '*' THEN %s($2, $3, c.subject_id, $4, $7) ELSE %s($2, $3, c.subject_id, $4, $7) END
             ORDER BY c.subject_id COLLATE "C"
             LIMIT $6 + 1)$sql$, domainflow._authz_function(v_scope, v_node.node, 't'),
                   domainflow._authz_function(v_scope, v_node.node, CASE WHEN v_node.reaches_wildcard THEN 'd' ELSE 't' END))
      INTO v_found
     USING v_node, p_resource_id, p_subject_kind, v_facts, p_after, p_limit, p_max_depth;
    RETURN QUERY SELECT f.id, cardinality(v_found) <= p_limit FROM unnest(v_found[:p_limit]) WITH ORDINALITY AS f (id, place) ORDER BY f.place;
END
$$;

COMMENT ON FUNCTION domainflow.list_subjects IS 'The subjects of a kind that have an action on a resource, a page at a time.';
REVOKE ALL ON FUNCTION domainflow.list_subjects FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.list_subjects TO domainflow_app;
