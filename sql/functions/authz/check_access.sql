-- Decides whether a subject may do something to a resource, logs the decision and says why, in the caller's transaction.
--
-- An allowed decision is fenced: when the transaction commits it is made again, so a revocation that committed before is seen and the commit fails with
-- DF102; at REPEATABLE READ and SERIALIZABLE with 40001. p_for_write => false leaves that out, for what only reads. A denial returns, so its row survives;
-- commit, then answer 403. reason_code: relation, policy; no_relation, deny_policy, policy_error, scope. Names and facts as has_access;
-- context and request context as log_authorization_decision.
-- Proof: Scenarios/authz/revoke.spec, Tests/SQL/authz/check_access.sql
CREATE OR REPLACE FUNCTION domainflow.check_access(
    p_subject text,
    p_action text,
    p_resource_type text,
    p_resource_id text,
    p_context jsonb DEFAULT '{}',
    p_model text DEFAULT 'default',
    p_facts jsonb DEFAULT NULL,
    p_for_write boolean DEFAULT true,
    p_request_context jsonb DEFAULT '{}',
    p_max_depth integer DEFAULT NULL,
    OUT allowed boolean,
    OUT reason_code text,
    OUT reason text,
    OUT matched text [],
    OUT denied_by text,
    OUT revision integer,
    OUT snapshot pg_snapshot,
    OUT duration_ms double precision,
    OUT decision_id uuid
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_start timestamptz := clock_timestamp();
    v_subject record;
    v_verdict integer;
    v_fence bigint;
BEGIN
    SELECT * INTO v_subject FROM domainflow._authz_subject(p_subject);
    -- Before the decision: what commits later has another number.
    IF p_for_write IS NOT FALSE THEN
        SELECT CASE WHEN pg_visible_in_snapshot(s.last_value::text::xid8, pg_current_snapshot()) THEN s.last_value ELSE -1 END
          INTO v_fence FROM domainflow.authz_revocation AS s;
    END IF;
    v_verdict := domainflow_generated.authz(
        p_model, p_resource_type, CASE WHEN p_resource_id IS NOT NULL THEN p_action END, p_resource_id, v_subject.kind, v_subject.id,
        domainflow._authz_facts(p_model, p_facts), p_max_depth);
    SELECT j.* INTO allowed, reason_code, matched, denied_by
      FROM domainflow._authz_judge(p_model, v_verdict, p_subject, p_action, p_resource_type, p_resource_id, p_context) AS j;
    revision := abs(v_verdict) / 2;
    snapshot := pg_current_snapshot();
    reason := domainflow._authz_reason(reason_code, p_subject, p_action, p_resource_type, p_resource_id, denied_by);
    duration_ms := extract(epoch FROM clock_timestamp() - v_start) * 1000;
    decision_id := gen_random_uuid();
    IF domainflow._decision_is_valid(p_subject, p_resource_type, p_resource_id, p_action, 'allow', matched, p_context, p_request_context,
                                     duration_ms) IS NOT TRUE THEN
        PERFORM domainflow._refuse_decision(NULL::bigint, p_subject, p_resource_type, p_resource_id, p_action, 'allow', matched, p_context,
                                            p_request_context, duration_ms);
    END IF;
    INSERT INTO domainflow.audit_log (
        id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context, execution_time_ms,
        correlation_id, effective_role, application_name, model, revision, reason_code, given_facts, fence
    ) VALUES (
        decision_id, clock_timestamp(), p_subject, p_resource_type, p_resource_id, p_action, CASE WHEN allowed THEN 'allow' ELSE 'deny' END, matched,
        COALESCE(p_context, '{}'), COALESCE(p_request_context, '{}'), duration_ms,
        left(NULLIF(current_setting('domainflow.correlation_id', true), ''), 200),
        COALESCE(NULLIF(current_setting('role'), 'none'), session_user), current_setting('application_name'),
        p_model, revision, reason_code, p_facts, CASE WHEN allowed THEN v_fence END);
END
$$;

COMMENT ON FUNCTION domainflow.check_access
IS 'Decides whether a subject may do something to a resource, logs the decision and says why; the commit that it permits decides again.';
REVOKE ALL ON FUNCTION domainflow.check_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.check_access TO domainflow_app;
