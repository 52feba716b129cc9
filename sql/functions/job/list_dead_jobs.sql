-- The dead jobs of a queue, or of all, the newest first: what requeue_jobs would run again and cancel_jobs removes.
--
-- The cost grows with the jobs that are dead or parked, not with those that wait or run.
-- Proof: Tests/SQL/job/queue.sql
CREATE OR REPLACE FUNCTION domainflow.list_dead_jobs(p_queue text DEFAULT NULL, p_limit integer DEFAULT 100)
RETURNS TABLE (
    queue text, id bigint, kind text, priority smallint, attempt integer, payload jsonb, last_error text, created_at timestamptz,
    correlation_id text
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF p_limit IS NULL OR p_limit NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'limit is between 1 and 100000',
            DETAIL = format('limit: %s', COALESCE(p_limit::text, 'null')), HINT = 'Leave it out for 100.';
    END IF;
    IF p_queue IS NOT NULL AND NOT EXISTS (SELECT FROM domainflow.job_queue AS q WHERE q.queue = p_queue) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'there is no such queue',
            DETAIL = format('queue: %s', left(p_queue, 100)), HINT = 'queue_stats() shows those there are.';
    END IF;
    RETURN QUERY
    SELECT d.queue, d.id, d.kind, d.priority, d.attempt, d.payload, d.last_error, d.created_at, d.correlation_id
      FROM domainflow.job_queue AS q
     CROSS JOIN LATERAL (
            SELECT j.*
              FROM domainflow.job AS j
             WHERE j.queue = q.queue
               AND j.pos IS NULL          -- dead jobs are in no lane: served by job_waiting_idx
               AND j.run_at = 'infinity'
               AND j.status = 'dead') AS d
     WHERE p_queue IS NULL OR q.queue = p_queue
     ORDER BY d.id + 0 DESC  -- not d.id: the planner would walk the primary key through all jobs of a queue that has no dead ones
     LIMIT p_limit;
END
$$;

COMMENT ON FUNCTION domainflow.list_dead_jobs IS
    'Dead jobs, the newest first, with their last error';
REVOKE ALL ON FUNCTION domainflow.list_dead_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.list_dead_jobs TO domainflow_app, domainflow_reader;
