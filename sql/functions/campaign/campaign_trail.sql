-- All that happened to a campaign, in order, with the transaction it happened in: transitions, decisions, ranges handed out and
-- generated, statements and transaction metrics. Rows of one transaction belong together.
--
-- Ordered by time, then by transaction. For auditors and administrators, because it reads the audit log.
-- Proof: Tests/SQL/campaign/campaign.sql
CREATE OR REPLACE FUNCTION domainflow.campaign_trail(p_campaign_id uuid)
RETURNS TABLE (happened_at timestamptz, transaction_id xid8, correlation_id text, area text, event text, detail jsonb)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT e.happened_at, e.transaction_id, e.correlation_id, e.area, e.event, e.detail
      FROM (
        SELECT c.created_at AS happened_at, c.transaction_id, c.correlation_id, 'campaign' AS area, 'created' AS event,
               jsonb_build_object('name', c.name, 'total', c.total, 'user_id', c.user_id) AS detail
          FROM domainflow.campaign AS c WHERE c.campaign_id = p_campaign_id
        UNION ALL
        SELECT s.occurred_at, s.transaction_id, s.correlation_id, 'state', s.machine || ': ' || COALESCE(s.from_state || ' to ', '') || s.to_state,
               jsonb_build_object('version', s.version, 'actor', s.actor, 'reason', s.reason)
          FROM domainflow.state_event AS s
         WHERE s.machine IN ('campaign_status', 'campaign_business_status') AND s.entity_id = p_campaign_id::text
        UNION ALL
        SELECT r.allocated_at, r.allocated_by, r.correlation_id, 'campaign', 'range handed out',
               jsonb_build_object('range_start', r.range_start, 'range_end', r.range_end, 'job', r.job_id)
          FROM domainflow.domain_range AS r WHERE r.campaign_id = p_campaign_id
        UNION ALL
        SELECT r.generated_at, r.transaction_id, r.correlation_id, 'campaign', 'range generated',
               jsonb_build_object('range_start', r.range_start, 'range_end', r.range_end, 'job', r.job_id, 'worker', r.worker)
          FROM domainflow.domain_range AS r WHERE r.campaign_id = p_campaign_id AND r.generated_at IS NOT NULL
        UNION ALL
        SELECT a.decided_at, a.transaction_id, a.correlation_id, 'audit', a.decision || ' ' || a.action,
               jsonb_build_object('user_id', a.user_id, 'policies', a.policies, 'context', a.context, 'request', a.request_context)
          FROM domainflow.audit_log AS a WHERE a.resource_type = 'campaign' AND a.resource_id = p_campaign_id::text
        UNION ALL
        SELECT m.recorded_at, m.transaction_id, m.correlation_id, 'transaction', m.operation_name,
               jsonb_build_object('duration_ms', m.duration_ms, 'success', m.success, 'error', m.error_message, 'retries', m.retry_count)
          FROM domainflow.transaction_metric AS m WHERE m.campaign_id = p_campaign_id
        UNION ALL
        SELECT q.recorded_at, q.transaction_id, q.correlation_id, 'query', q.query,
               jsonb_build_object('duration_ms', q.duration_ms, 'rows', q.row_count)
          FROM domainflow.query_performance_metrics AS q WHERE q.campaign_id = p_campaign_id) AS e
     ORDER BY e.happened_at, e.transaction_id, e.area, e.event;
END
$$;

COMMENT ON FUNCTION domainflow.campaign_trail IS
    'Everything that happened to a campaign, in order, with its transactions';
REVOKE ALL ON FUNCTION domainflow.campaign_trail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.campaign_trail TO domainflow_auditor;
