-- Recorded statements of the last p_hours_back hours of which at least one execution took p_threshold_ms or longer, by total
-- time, the greatest first.
--
-- Executions are grouped by fingerprint; calls, total, mean, p95, max (milliseconds) and last_seen cover all recorded executions
-- of the group in the window, the quick ones too. query is the text of the latest one.
-- Proof: Tests/SQL/query/record.sql
CREATE OR REPLACE FUNCTION domainflow.get_slow_queries(
    p_threshold_ms double precision DEFAULT 100,
    p_hours_back double precision DEFAULT 24,
    p_limit integer DEFAULT 20
)
RETURNS TABLE (
    fingerprint text,
    query text,
    calls bigint,
    total_ms double precision,
    mean_ms double precision,
    p95_ms double precision,
    max_ms double precision,
    last_seen timestamp with time zone
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_since timestamp with time zone;
BEGIN
    IF (p_threshold_ms >= 0 AND p_threshold_ms < 'Infinity'::double precision AND p_hours_back > 0 AND p_hours_back <= 8760000 AND p_limit BETWEEN 1 AND 10000) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'threshold_ms is 0 or more, hours_back above 0 and at most 8760000, limit 1 to 10000',
            DETAIL = format('threshold_ms: %s, hours_back: %s, limit: %s', p_threshold_ms, p_hours_back, p_limit),
            HINT = 'Call it with its defaults for the 20 worst of the last day above 100 ms.';
    END IF;
    v_since := now() - p_hours_back * interval '1 hour';
    RETURN QUERY
    SELECT g.fingerprint, l.query, g.calls, g.total_ms, g.mean_ms, g.p95_ms, g.max_ms, g.last_seen
      FROM (SELECT m.fingerprint, count(*) AS calls, sum(m.duration_ms) AS total_ms, avg(m.duration_ms) AS mean_ms,
                   percentile_cont(0.95) WITHIN GROUP (ORDER BY m.duration_ms) AS p95_ms,
                   max(m.duration_ms) AS max_ms, max(m.recorded_at) AS last_seen
              FROM domainflow.query_performance_metrics AS m
             WHERE m.recorded_at >= v_since
             GROUP BY m.fingerprint
            HAVING max(m.duration_ms) >= p_threshold_ms
             ORDER BY sum(m.duration_ms) DESC, m.fingerprint
             LIMIT p_limit) AS g
     CROSS JOIN LATERAL (
           SELECT m.query
             FROM domainflow.query_performance_metrics AS m
            WHERE m.recorded_at = g.last_seen AND m.fingerprint = g.fingerprint
            LIMIT 1) AS l
     ORDER BY g.total_ms DESC, g.fingerprint;
END
$$;

COMMENT ON FUNCTION domainflow.get_slow_queries
IS 'Recorded statements above a threshold, grouped by fingerprint: calls, total, mean, p95, max in ms, last seen.';
REVOKE ALL ON FUNCTION domainflow.get_slow_queries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.get_slow_queries TO domainflow_reader;
