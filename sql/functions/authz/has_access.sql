-- hot: authz.check
-- Whether a subject may do something to a resource, by the current revision of a model: true or false, nothing logged.
--
-- One snapshot; never waits. Facts of the call count beside the stored ones for this call only. p_max_depth bounds the steps over facts (DF204); without it
-- the decision ends by itself, also where facts lead in a circle. DF301, DF203 and DF201 for names that the model does not have, DF205
-- for facts that it does not admit.
-- Proof: Tests/SQL/authz/has_access.sql, tools/verify/openfga.py
CREATE OR REPLACE FUNCTION domainflow.has_access(
    p_subject text,
    p_action text,
    p_resource_type text,
    p_resource_id text,
    p_model text DEFAULT 'default',
    p_facts jsonb DEFAULT NULL,
    p_max_depth integer DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS boolean
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
AS $$
DECLARE
    v_colon pg_catalog.int4 := pg_catalog.strpos(p_subject, ':');
    v_kind pg_catalog.text := pg_catalog.left(p_subject, v_colon OPERATOR(pg_catalog.-) 1);
    v_id pg_catalog.text := pg_catalog.substr(p_subject, v_colon OPERATOR(pg_catalog.+) 1);
    v_verdict pg_catalog.int4;
BEGIN
    IF v_id OPERATOR(pg_catalog.~) '[:#[:space:]]' OR p_subject IS NULL OR v_colon OPERATOR(pg_catalog.=) 0 THEN
        SELECT s.kind, s.id INTO v_kind, v_id FROM domainflow._authz_subject(p_subject) AS s;
    END IF;
    IF p_resource_id IS NULL OR p_facts IS NOT NULL THEN
        v_verdict := domainflow_generated.authz(
            p_model, p_resource_type, CASE WHEN p_resource_id IS NOT NULL THEN p_action END, p_resource_id, v_kind, v_id,
            domainflow._authz_facts(p_model, p_facts), p_max_depth);
    ELSE
        v_verdict := domainflow_generated.authz(p_model, p_resource_type, p_action, p_resource_id, v_kind, v_id, NULL, p_max_depth);
    END IF;
    IF v_verdict OPERATOR(pg_catalog.%) 2 OPERATOR(pg_catalog.<>) 0 OR p_context OPERATOR(pg_catalog.?) 'scopes' THEN
        RETURN (SELECT j.allowed
                  FROM domainflow._authz_judge(p_model, v_verdict, p_subject, p_action, p_resource_type, p_resource_id, p_context) AS j);
    END IF;
    RETURN v_verdict OPERATOR(pg_catalog.>) 0;
END
$$;

COMMENT ON FUNCTION domainflow.has_access IS 'Whether a subject may do something to a resource; nothing is logged.';
REVOKE ALL ON FUNCTION domainflow.has_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.has_access TO domainflow_app;
