-- hot: authz.log
-- Decides whether a subject may do something to a resource, logs the decision and says why, in the caller's transaction.
--
-- An allowed decision is fenced: when the transaction commits it is made again, so a revocation that committed before is
-- seen and the commit fails with DF102; at REPEATABLE READ and SERIALIZABLE with 40001. p_for_write => false leaves that
-- out, for what only reads. A denial returns, so its row survives; commit, then answer 403. reason_code: relation, policy;
-- no_relation, deny_policy, policy_error, scope. Names and facts as has_access; context and request context as
-- log_authorization_decision.
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
AS $$
DECLARE
    v_start pg_catalog.timestamptz := pg_catalog.clock_timestamp();
    v_verdict pg_catalog.int4;
    v_generation pg_catalog.int4;
    v_fence pg_catalog.int8;
BEGIN
    -- Before the decision: what commits later has another number.
    SELECT m.revision, m.generation,
           CASE WHEN p_for_write IS NOT FALSE
                THEN CASE WHEN pg_catalog.pg_visible_in_snapshot(s.last_value::pg_catalog.text::pg_catalog.xid8, pg_catalog.pg_current_snapshot())
                          THEN s.last_value ELSE -1 END END
      INTO revision, v_generation, v_fence
      FROM domainflow.authz_model AS m, domainflow.authz_revocation AS s
     WHERE m.model OPERATOR(pg_catalog.=) p_model;
    IF revision IS NULL THEN
        PERFORM domainflow._refuse_authz_names(p_model, p_resource_type, p_action, p_subject);
    END IF;
    v_verdict := COALESCE(
        CASE WHEN p_facts IS NULL AND p_max_depth IS NULL AND p_resource_id IS NOT NULL
                  AND pg_catalog.strpos(p_subject, '#') OPERATOR(pg_catalog.=) 0
             THEN domainflow_generated.authz(
                      p_model, p_resource_type, p_action, p_resource_id, pg_catalog.split_part(p_subject, ':', 1),
                      pg_catalog.substr(p_subject, pg_catalog.strpos(p_subject, ':') OPERATOR(pg_catalog.+) 1)) END,
        domainflow._authz_verdict(p_subject, p_action, p_resource_type, p_resource_id, p_model, p_facts, p_max_depth));
    IF pg_catalog.abs(v_verdict) OPERATOR(pg_catalog./) 2 OPERATOR(pg_catalog.<) v_generation THEN
        PERFORM domainflow._hear_of_changes();
        v_verdict := domainflow._authz_verdict(p_subject, p_action, p_resource_type, p_resource_id, p_model, p_facts, p_max_depth);
    END IF;
    IF v_verdict OPERATOR(pg_catalog.%) 2 OPERATOR(pg_catalog.=) 0 AND (p_context OPERATOR(pg_catalog.?) 'scopes') IS NOT TRUE THEN
        allowed := v_verdict OPERATOR(pg_catalog.>) 0;
    ELSE
        SELECT j.allowed, j.reason_code, j.matched, j.denied_by INTO allowed, reason_code, matched, denied_by
          FROM domainflow._authz_judge(p_model, v_verdict, p_subject, p_action, p_resource_type, p_resource_id, p_context) AS j;
        reason := domainflow._authz_reason(reason_code, p_subject, p_action, p_resource_type, p_resource_id, denied_by);
    END IF;
    -- What is short needs no closer look.
    IF (pg_catalog.length(p_subject) OPERATOR(pg_catalog.+) pg_catalog.length(p_resource_id) OPERATOR(pg_catalog.<) 1000
        AND (pg_catalog.pg_column_size(p_context) OPERATOR(pg_catalog.<) 1000 AND pg_catalog.jsonb_typeof(p_context) OPERATOR(pg_catalog.=) 'object')
        AND (pg_catalog.pg_column_size(p_request_context) OPERATOR(pg_catalog.<) 1000
             AND pg_catalog.jsonb_typeof(p_request_context) OPERATOR(pg_catalog.=) 'object')) IS NOT TRUE
       AND domainflow._decision_is_valid(p_subject, p_resource_type, p_resource_id, p_action, 'allow', matched, p_context, p_request_context,
                                         0) IS NOT TRUE THEN
        PERFORM domainflow._refuse_decision(NULL::pg_catalog.int8, p_subject, p_resource_type, p_resource_id, p_action, 'allow', matched, p_context,
                                            p_request_context, 0);
    END IF;
    reason := COALESCE(reason, pg_catalog.concat(p_subject, CASE WHEN allowed THEN ' has ' ELSE ' does not have ' END, p_action, ' of ',
                                                 p_resource_type, ':', p_resource_id));
    snapshot := pg_catalog.pg_current_snapshot();
    INSERT INTO domainflow.audit_log AS a (
        id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context, execution_time_ms,
        correlation_id, effective_role, application_name, model, revision, reason_code, given_facts, fence
    ) VALUES (
        pg_catalog.gen_random_uuid(), pg_catalog.clock_timestamp(), p_subject, p_resource_type, p_resource_id, p_action,
        CASE WHEN allowed THEN 'allow' ELSE 'deny' END,
        COALESCE(matched, CASE WHEN allowed THEN ARRAY[p_resource_type OPERATOR(pg_catalog.||) '#'::pg_catalog.text OPERATOR(pg_catalog.||) p_action]
                               ELSE '{}'::pg_catalog.text[] END),
        COALESCE(p_context, '{}'::pg_catalog.jsonb), COALESCE(p_request_context, '{}'::pg_catalog.jsonb),
        EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) v_start)::pg_catalog.float8 OPERATOR(pg_catalog.*) 1000,
        CASE WHEN pg_catalog.current_setting('domainflow.correlation_id', true) OPERATOR(pg_catalog.<>) ''
             THEN pg_catalog.left(pg_catalog.current_setting('domainflow.correlation_id', true), 200) END,
        CASE WHEN pg_catalog.current_setting('role') OPERATOR(pg_catalog.<>) 'none' THEN pg_catalog.current_setting('role') ELSE session_user END,
        pg_catalog.current_setting('application_name'), p_model,
        check_access.revision,
        COALESCE(check_access.reason_code, CASE WHEN allowed THEN 'relation' ELSE 'no_relation' END), p_facts, CASE WHEN allowed THEN v_fence END)
    RETURNING a.id, a.policies, a.execution_time_ms, a.reason_code
         INTO decision_id, matched, duration_ms, reason_code;
END
$$;

COMMENT ON FUNCTION domainflow.check_access
IS 'Decides whether a subject may do something to a resource, logs the decision and says why; the commit that it permits decides again.';
REVOKE ALL ON FUNCTION domainflow.check_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.check_access TO domainflow_app;
