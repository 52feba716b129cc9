-- Patterns in the decisions of the last p_hours_back hours that somebody should look at: a row for each user and
-- pattern, the newest first.
--
-- spike: an hour with at least p_spike times the user's usual hour of the seven days before, and 100 decisions or more.
-- sweep: p_resources or more resources of one type within five minutes. denied then allowed: at least p_denials
-- refusals of an action on a resource, and within an hour it was allowed. Each is a question, not a verdict; a new
-- batch job is a spike too. DF204 for a number out of bounds. The read is recorded, with p_purpose. SECURITY DEFINER,
-- because nobody writes that record past it.
-- Proof: Tests/SQL/audit/reads.sql
CREATE OR REPLACE FUNCTION domainflow.suspicious_access(
    p_hours_back double precision DEFAULT 24,
    p_spike double precision DEFAULT 10,
    p_resources integer DEFAULT 50,
    p_denials integer DEFAULT 3,
    p_purpose text DEFAULT NULL
)
RETURNS TABLE (
    pattern text,
    user_id text,
    first_at timestamp with time zone,
    last_at timestamp with time zone,
    decisions bigint,
    evidence jsonb
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
    v_since timestamp with time zone;
BEGIN
    PERFORM domainflow._check_audit_window(p_hours_back, 1);
    IF COALESCE(p_spike, 0) NOT BETWEEN 1 AND 1e6 OR COALESCE(p_resources, 0) NOT BETWEEN 2 AND 1000000
       OR COALESCE(p_denials, 0) NOT BETWEEN 1 AND 1000000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'spike and denials are between 1 and 1000000, resources between 2 and 1000000',
            DETAIL = format('spike: %s, resources: %s, denials: %s', p_spike, p_resources, p_denials),
            HINT = 'Call it with its defaults first, then with those that fit your users.';
    END IF;
    PERFORM domainflow._record_audit_read('suspicious_access', p_purpose, jsonb_build_object(
        'hours_back', p_hours_back::numeric, 'spike', p_spike::numeric, 'resources', p_resources, 'denials', p_denials));
    -- A value, so that partitions are pruned.
    v_since := now() - p_hours_back * interval '1 hour';
    RETURN QUERY
    WITH hourly AS (
        SELECT a.user_id, date_trunc('hour', a.decided_at, 'UTC') AS hour, count(*) AS decisions,
               min(a.decided_at) AS first_at, max(a.decided_at) AS last_at
          FROM domainflow.audit_log AS a
         WHERE a.decided_at >= v_since - interval '7 days'
         GROUP BY 1, 2
    ), swept AS (
        -- Twice, half a window apart: five minutes lie within one of the windows of ten.
        SELECT a.user_id, a.resource_type, date_bin('10 minutes', a.decided_at, o.origin) AS began, count(*) AS decisions,
               count(DISTINCT a.resource_id) AS resources, min(a.decided_at) AS first_at, max(a.decided_at) AS last_at
          FROM domainflow.audit_log AS a
         CROSS JOIN (VALUES ('2000-01-01 00:00:00+00'::timestamptz), ('2000-01-01 00:05:00+00')) AS o (origin)
         WHERE a.decided_at >= v_since
         GROUP BY 1, 2, 3
    )
    SELECT f.pattern, f.user_id, f.first_at, f.last_at, f.decisions, f.evidence
      FROM (SELECT 'spike' AS pattern, h.user_id, h.first_at, h.last_at, h.decisions,
                   jsonb_build_object('hour', h.hour, 'usual_hour', round(u.usual, 2)) AS evidence
              FROM hourly AS h
             CROSS JOIN LATERAL (
                    SELECT COALESCE(sum(b.decisions), 0) / 168 AS usual FROM hourly AS b
                     WHERE b.user_id = h.user_id AND b.hour < h.hour AND b.hour >= h.hour - interval '7 days') AS u
             WHERE h.last_at >= v_since AND h.decisions >= 100 AND h.decisions >= p_spike * u.usual
            UNION ALL
            (SELECT DISTINCT ON (s.user_id, s.resource_type) 'sweep', s.user_id, s.first_at, s.last_at, s.decisions,
                    jsonb_build_object('resource_type', s.resource_type, 'resources', s.resources)
               FROM swept AS s WHERE s.resources >= p_resources
              ORDER BY s.user_id, s.resource_type, s.resources DESC, s.first_at)
            UNION ALL
            SELECT 'denied then allowed', d.user_id, min(d.decided_at), a.decided_at, count(*) + 1,
                   jsonb_build_object('resource_type', a.resource_type, 'resource_id', a.resource_id, 'action', a.action,
                                      'denials', count(*), 'allowed', a.id, 'policies', a.policies)
              FROM domainflow.audit_log AS a
              JOIN domainflow.audit_log AS d
                ON d.user_id = a.user_id AND d.resource_type = a.resource_type AND d.resource_id IS NOT DISTINCT FROM a.resource_id
               AND d.action = a.action
               AND d.decision = 'deny' AND d.decided_at < a.decided_at AND d.decided_at >= a.decided_at - interval '1 hour'
             WHERE a.decision = 'allow' AND a.decided_at >= v_since
               AND d.decided_at >= v_since - interval '1 hour'
               -- The first time that it was allowed.
               AND NOT EXISTS (SELECT FROM domainflow.audit_log AS e
                                WHERE e.user_id = a.user_id AND e.resource_type = a.resource_type
                                  AND e.resource_id IS NOT DISTINCT FROM a.resource_id
                                  AND e.action = a.action AND e.decision = 'allow' AND e.decided_at >= d.decided_at
                                  AND e.decided_at < a.decided_at)
             GROUP BY d.user_id, a.id, a.decided_at, a.resource_type, a.resource_id, a.action, a.policies
            HAVING count(*) >= p_denials) AS f
     ORDER BY f.last_at DESC, f.pattern, f.user_id;
END
$$;

COMMENT ON FUNCTION domainflow.suspicious_access(double precision, double precision, integer, integer, text)
IS 'Spikes, sweeps over many resources, and refusals that became permissions, in the decisions of the last hours.';
REVOKE ALL ON FUNCTION domainflow.suspicious_access(double precision, double precision, integer, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.suspicious_access(double precision, double precision, integer, integer, text) TO domainflow_auditor;
