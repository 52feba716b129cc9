-- The resources of a type to which a subject has an action, in the order of their ids: exactly those that has_access
-- allows.
--
-- Pages by key: pass the last id as p_after; p_limit 1 to 10,000. complete is true on the rows of the last page. Walks
-- back from the subject over the facts that name it; only what that finds is decided. Where a policy may allow what no
-- fact does, every resource that facts are about is. Names, facts and context as has_access.
-- Proof: Tests/SQL/authz/lists.sql, tools/verify/openfga.py
CREATE OR REPLACE FUNCTION domainflow.list_resources(
    p_subject text,
    p_action text,
    p_resource_type text,
    p_after text DEFAULT '',
    p_limit integer DEFAULT 1000,
    p_model text DEFAULT 'default',
    p_facts jsonb DEFAULT NULL,
    p_context jsonb DEFAULT NULL,
    OUT resource_id text,
    OUT complete boolean
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_facts domainflow.authz_fact[];
    v_subject record;
    v_node domainflow.authz_node;
    v_found text[];
    v_policies boolean;
    v_open boolean;
BEGIN
    PERFORM domainflow._check_authz_limit(p_limit);
    SELECT * INTO v_subject FROM domainflow._authz_subject(p_subject);
    v_node := domainflow._authz_named_node(p_model, p_resource_type, p_action, v_subject.kind);
    v_facts := domainflow._authz_facts(p_model, p_facts);
    SELECT p.have_a_say OR COALESCE(p_context ? 'scopes', false), p.may_allow INTO v_policies, v_open
      FROM domainflow._authz_policies(v_node) AS p;
    v_found := ARRAY(
        SELECT c.object_id
          FROM (SELECT n.object_id, bool_or(n.named) AS named
                  FROM (SELECT o.object_id, NOT v_open AS named
                          FROM domainflow._authz_objects(v_node, v_subject.kind, v_subject.id, v_facts) AS o (object_id)
                         UNION ALL
                        SELECT r.object_id, true
                          FROM domainflow.authz_edge AS e
                          JOIN (SELECT r.edge, r.object_id FROM domainflow.relationship AS r
                                 UNION ALL SELECT f.edge, f.object_id FROM unnest(v_facts) AS f) AS r USING (edge)
                         WHERE v_open AND e.model_id = v_node.model_id AND e.object_type = p_resource_type) AS n
                 GROUP BY n.object_id) AS c
         CROSS JOIN LATERAL (SELECT domainflow_generated.authz_given(p_model, p_resource_type, p_action, c.object_id, v_subject.kind, v_subject.id,
                                                               v_facts, NULL) AS verdict) AS v
         WHERE c.object_id > p_after AND (c.named OR v.verdict > 0)
           AND CASE WHEN v_policies
                    THEN (SELECT j.allowed FROM domainflow._authz_judge(p_model, v.verdict, p_subject, p_action, p_resource_type, c.object_id,
                                                                        p_context) AS j)
                    ELSE v.verdict > 0 END
         ORDER BY c.object_id COLLATE "C"
         LIMIT p_limit + 1);
    RETURN QUERY SELECT f.id, cardinality(v_found) <= p_limit FROM unnest(v_found[:p_limit]) WITH ORDINALITY AS f (id, place) ORDER BY f.place;
END
$$;

COMMENT ON FUNCTION domainflow.list_resources IS 'The resources of a type to which a subject has an action, a page at a time.';
REVOKE ALL ON FUNCTION domainflow.list_resources FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.list_resources TO domainflow_app;
