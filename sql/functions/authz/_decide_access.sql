-- Decides what has_access cannot decide in one step: facts of the call, a limit of steps, policies, scopes, relations as
-- subjects, wrong names.
--
-- Positive for yes, negative for no.
CREATE OR REPLACE FUNCTION domainflow._decide_access(
    p_subject text,
    p_action text,
    p_resource_type text,
    p_resource_id text,
    p_model text,
    p_facts jsonb,
    p_max_depth integer,
    p_context jsonb
)
RETURNS integer
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_verdict integer := domainflow._authz_verdict(p_subject, p_action, p_resource_type, p_resource_id, p_model, p_facts, p_max_depth);
BEGIN
    IF v_verdict % 2 = 0 AND NOT COALESCE(p_context ? 'scopes', false) THEN
        RETURN v_verdict;
    END IF;
    RETURN (SELECT CASE WHEN j.allowed THEN 1 ELSE -1 END
              FROM domainflow._authz_judge(p_model, v_verdict, p_subject, p_action, p_resource_type, p_resource_id, p_context) AS j);
END
$$;

COMMENT ON FUNCTION domainflow._decide_access IS 'Decides what has_access cannot decide in one step.';
REVOKE ALL ON FUNCTION domainflow._decide_access FROM PUBLIC;
