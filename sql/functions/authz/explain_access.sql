-- Why a decision is what it is: a row for each thing it looked at, as a tree (depth), and after a denial the nearest fact
-- that would allow it.
--
-- verdict: yes, no, perhaps (only a circle of facts leads there). Policies are not in the tree; check_access names them.
-- Not for the application role: the tree says who else has what. Names and facts as has_access.
-- Proof: Tests/SQL/authz/explain.sql
CREATE OR REPLACE FUNCTION domainflow.explain_access(
    p_subject text,
    p_action text,
    p_resource_type text,
    p_resource_id text,
    p_model text DEFAULT 'default',
    p_facts jsonb DEFAULT NULL,
    OUT depth integer,
    OUT step text,
    OUT verdict text
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_subject record;
    v_node domainflow.authz_node;
    v_facts domainflow.authz_fact[];
    v_steps domainflow.authz_step[];
    v_grant record;
BEGIN
    SELECT * INTO v_subject FROM domainflow._authz_subject(p_subject);
    v_node := domainflow._authz_named_node(p_model, p_resource_type, CASE WHEN p_resource_id IS NOT NULL THEN p_action END, v_subject.kind);
    v_facts := domainflow._authz_facts(p_model, p_facts);
    v_steps := domainflow._explain_authz_place(v_node, p_resource_id, v_subject.kind, v_subject.id, v_facts, 0, '{}');
    RETURN QUERY SELECT s.depth, s.step, (ARRAY['no', 'perhaps', 'yes'])[s.verdict + 1]
                   FROM unnest(v_steps) WITH ORDINALITY AS s (depth, step, verdict, place) ORDER BY s.place;
    IF (v_steps[1]).verdict < 2 THEN
        SELECT g.* INTO v_grant FROM domainflow._authz_missing_fact(v_node, p_resource_id, v_subject.kind, v_subject.id, v_facts) AS g;
        depth := 0;
        verdict := NULL;
        step := CASE WHEN v_grant.relation IS NULL THEN 'no single fact would allow it'
                     ELSE format('would be allowed by: write_relation(%L, %L, %L, %L%s)', p_subject, v_grant.relation, v_grant.object_type,
                                 v_grant.object_id, CASE p_model WHEN 'default' THEN '' ELSE format(', p_model => %L', p_model) END) END;
        RETURN NEXT;
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.explain_access IS 'Why a decision is what it is: a tree of what was looked at, and the nearest fact that would allow it.';
REVOKE ALL ON FUNCTION domainflow.explain_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.explain_access TO domainflow_auditor, domainflow_admin;
