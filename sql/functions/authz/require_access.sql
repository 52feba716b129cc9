-- Raises DF102 (AUTH_FORBIDDEN) unless a subject may do something to a resource; returns the id of the logged decision.
--
-- As check_access, and as well fenced. A raise takes the row of the denial along: where denials must be on record, call
-- check_access and commit.
-- Proof: Scenarios/authz/policy.spec, Tests/SQL/authz/check_access.sql
CREATE OR REPLACE FUNCTION domainflow.require_access(
    p_subject text,
    p_action text,
    p_resource_type text,
    p_resource_id text,
    p_context jsonb DEFAULT '{}',
    p_model text DEFAULT 'default',
    p_facts jsonb DEFAULT NULL,
    p_request_context jsonb DEFAULT '{}'
)
RETURNS uuid
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_decision record;
BEGIN
    SELECT * INTO v_decision
      FROM domainflow.check_access(p_subject, p_action, p_resource_type, p_resource_id, p_context, p_model, p_facts, true, p_request_context);
    IF v_decision.allowed IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF102',
            MESSAGE = v_decision.reason,
            DETAIL = format('reason: %s, revision: %s', v_decision.reason_code, v_decision.revision),
            HINT = 'Grant the relation with write_relation(), or answer 403. The row of this denial is rolled back with the raise.';
    END IF;
    RETURN v_decision.decision_id;
END
$$;

COMMENT ON FUNCTION domainflow.require_access IS 'Raises DF102 unless a subject may do something to a resource.';
REVOKE ALL ON FUNCTION domainflow.require_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.require_access TO domainflow_app;
