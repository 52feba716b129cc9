-- Decisions of the last p_hours_back hours for auditors, newest first, at most p_limit of them.
--
-- Filters that are null match everything. A correlation id or a resource usually leads to the whole story: join on
-- transaction_id from there.
-- The read is recorded, with p_purpose: see _record_audit_read().
-- SECURITY DEFINER, because nobody writes that record past it.
-- Proof: Tests/SQL/audit/decision.sql, Tests/SQL/audit/reads.sql
CREATE FUNCTION domainflow.get_authorization_decisions(
    p_user_id text DEFAULT NULL,
    p_resource_type text DEFAULT NULL,
    p_resource_id text DEFAULT NULL,
    p_action text DEFAULT NULL,
    p_decision text DEFAULT NULL,
    p_correlation_id text DEFAULT NULL,
    p_hours_back double precision DEFAULT 24,
    p_limit integer DEFAULT 100,
    p_purpose text DEFAULT NULL
)
RETURNS SETOF domainflow.audit_log
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_since timestamp with time zone;
BEGIN
    IF p_decision IS NOT NULL AND p_decision NOT IN ('allow', 'deny') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'decision is allow or deny',
            DETAIL = format('decision: %s characters that say neither', length(p_decision)),
            HINT = 'Leave it null to see both.';
    END IF;
    PERFORM domainflow._check_audit_window(p_hours_back, p_limit);
    PERFORM domainflow._record_audit_read('get_authorization_decisions', p_purpose, jsonb_build_object(
        'user_id', p_user_id, 'resource_type', p_resource_type, 'resource_id', p_resource_id, 'action', p_action, 'decision', p_decision,
        'correlation_id', p_correlation_id, 'hours_back', p_hours_back::numeric, 'limit', p_limit));
    -- A value, so that partitions are pruned.
    v_since := now() - p_hours_back * interval '1 hour';
    RETURN QUERY
    SELECT a.*
      FROM domainflow.audit_log AS a
     WHERE a.decided_at >= v_since
       AND (p_user_id IS NULL OR a.user_id = p_user_id)
       AND (p_resource_type IS NULL OR a.resource_type = p_resource_type)
       AND (p_resource_id IS NULL OR a.resource_id = p_resource_id)
       AND (p_action IS NULL OR a.action = p_action)
       AND (p_decision IS NULL OR a.decision = p_decision)
       AND (p_correlation_id IS NULL OR a.correlation_id = p_correlation_id)
     ORDER BY a.decided_at DESC, a.id
     LIMIT p_limit;
END
$$;

COMMENT ON FUNCTION domainflow.get_authorization_decisions
IS 'Authorization decisions by user, resource, action, decision or correlation id, newest first.';
REVOKE ALL ON FUNCTION domainflow.get_authorization_decisions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.get_authorization_decisions TO domainflow_auditor;
