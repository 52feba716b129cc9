-- hot: authz.check.direct
-- Whether a subject may do something to a resource, by the current revision of a model: true or false, nothing logged.
--
-- One snapshot; never waits. Facts of the call count beside the stored ones for this call only. p_max_depth bounds the
-- steps over facts (DF204); without it the decision ends by itself, also where facts lead in a circle. Policies and scopes
-- see p_context. DF301, DF203, DF202 and DF201 for names that the model does not have, DF205 for facts that it does not
-- admit.
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
BEGIN
    IF pg_catalog.to_regproc('domainflow_generated.authz') IS NULL THEN
        PERFORM domainflow._refuse_authz_names(p_model, p_resource_type, p_action, p_subject);
    END IF;
    -- One expression: PL/pgSQL prepares each anew in each transaction.
    RETURN COALESCE(
        CASE WHEN p_facts IS NULL AND p_max_depth IS NULL AND p_context IS NULL AND p_resource_id IS NOT NULL
                  AND pg_catalog.strpos(p_subject, '#') OPERATOR(pg_catalog.=) 0
             THEN domainflow_generated.authz(
                      p_model, p_resource_type, p_action, p_resource_id, pg_catalog.split_part(p_subject, ':', 1),
                      pg_catalog.substr(p_subject, pg_catalog.strpos(p_subject, ':') OPERATOR(pg_catalog.+) 1)) END,
        domainflow._decide_access(p_subject, p_action, p_resource_type, p_resource_id, p_model, p_facts, p_max_depth, p_context))
        OPERATOR(pg_catalog.>) 0;
END
$$;

COMMENT ON FUNCTION domainflow.has_access IS 'Whether a subject may do something to a resource; nothing is logged.';
REVOKE ALL ON FUNCTION domainflow.has_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.has_access TO domainflow_app;
