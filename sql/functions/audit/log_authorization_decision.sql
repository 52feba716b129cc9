-- Writes one authorization decision into audit_log and returns its id.
--
-- It is part of the caller's transaction and commits with the write that it permitted. A denial is reported by returning,
-- never by raising, so that its row survives: the caller commits and answers 403. Incomplete fields raise DF201, DF202 or DF204,
-- and so do oversized ones: 1,000 characters a text, 1,000 policies, 256 kB a context. A correlation id is cut at 200 characters.
-- SECURITY DEFINER, because the application may neither read nor forge rows of the log: who, when and which transaction are
-- taken from the server. It only adds a row: at REPEATABLE READ, too, no other writer makes it wait or fail.
-- Proof: Scenarios/audit/decision.spec, Tests/SQL/audit/decision.sql
CREATE OR REPLACE FUNCTION domainflow.log_authorization_decision(
    p_user_id text,
    p_resource_type text,
    p_resource_id text,
    p_action text,
    p_decision text,
    p_policies text [] DEFAULT '{}',
    p_context jsonb DEFAULT '{}',
    p_request_context jsonb DEFAULT '{}',
    p_execution_time_ms double precision DEFAULT NULL
)
RETURNS uuid
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id uuid := gen_random_uuid();
BEGIN
    IF domainflow._decision_is_valid(p_user_id, p_resource_type, p_resource_id, p_action, p_decision, p_policies, p_context,
                                     p_request_context, p_execution_time_ms) IS NOT TRUE THEN
        PERFORM domainflow._refuse_decision(NULL::bigint, p_user_id, p_resource_type, p_resource_id, p_action, p_decision, p_policies,
                                            p_context, p_request_context, p_execution_time_ms);
    END IF;
    INSERT INTO domainflow.audit_log (
        id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context,
        execution_time_ms, correlation_id, effective_role, application_name
    ) VALUES (
        v_id, clock_timestamp(), p_user_id, p_resource_type, p_resource_id, p_action, p_decision,
        COALESCE(p_policies, '{}'), COALESCE(p_context, '{}'), COALESCE(p_request_context, '{}'), p_execution_time_ms,
        left(NULLIF(current_setting('domainflow.correlation_id', true), ''), 200),
        -- current_user is the definer here; the role setting is what the caller took.
        COALESCE(NULLIF(current_setting('role'), 'none'), session_user),
        current_setting('application_name')
    );
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION domainflow.log_authorization_decision
IS 'Appends one authorization decision (allow or deny) to the audit log, in the caller''s transaction; returns its id.';
REVOKE ALL ON FUNCTION domainflow.log_authorization_decision FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.log_authorization_decision TO domainflow_app;
