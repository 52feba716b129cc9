-- Counts the jobs of one queue, or of every queue, by status. Reads every job: for reports, not for loops.
-- Proof: Tests/SQL/job/lifecycle.sql
CREATE OR REPLACE FUNCTION domainflow.queue_stats(p_queue text DEFAULT NULL)
RETURNS TABLE (
    queue text, paused boolean, ready bigint, waiting bigint, running bigint, parked bigint, dead bigint,
    expired bigint, oldest_ready_at timestamptz
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    RETURN QUERY
    SELECT q.queue, q.paused,
           count(j.id) FILTER (WHERE j.status = 'ready'),
           count(j.id) FILTER (WHERE j.status = 'waiting'),
           count(j.id) FILTER (WHERE j.status = 'running'),
           count(j.id) FILTER (WHERE j.status = 'parked'),
           count(j.id) FILTER (WHERE j.status = 'dead'),
           count(j.id) FILTER (WHERE j.status = 'running' AND j.lease_until < v_now),
           min(j.run_at) FILTER (WHERE j.status = 'ready')
      FROM domainflow.job_queue AS q
      LEFT JOIN domainflow.job AS j ON j.queue = q.queue
     WHERE p_queue IS NULL OR q.queue = p_queue
     GROUP BY q.queue, q.paused
     ORDER BY q.queue;
END
$$;

COMMENT ON FUNCTION domainflow.queue_stats IS
    'Jobs per queue and status';
REVOKE ALL ON FUNCTION domainflow.queue_stats FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.queue_stats TO domainflow_app, domainflow_reader;
