-- Takes jobs of a queue away from workers whose lease has run out.
--
-- The lease is checked again inside the UPDATE, so a job that its worker has just finished, or whose lease it has just renewed,
-- is left alone. The lost attempt counts: a job without attempts left is dead. A rescued job keeps its place in the lane.
-- A lease that ends later than the longest one that can be asked for (a day) was given while the clock was ahead: it has run out too.
CREATE OR REPLACE FUNCTION domainflow._rescue_jobs(p_queue text, p_ids bigint[])
RETURNS TABLE (id bigint, outcome text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    RETURN QUERY
    WITH expired AS MATERIALIZED (
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
           AND j.status = 'running'
           AND (j.lease_until < v_now OR j.lease_until > v_now + interval '25 hours')
         ORDER BY j.id
           FOR UPDATE SKIP LOCKED
    )
    UPDATE domainflow.job AS j
       SET status      = CASE WHEN j.attempt < j.max_attempts THEN 'ready' ELSE 'dead' END::domainflow.job_status,
           pos         = CASE WHEN j.attempt < j.max_attempts THEN j.pos END,
           run_at      = CASE WHEN j.attempt < j.max_attempts THEN j.run_at ELSE 'infinity' END,
           token       = NULL,
           lease_until = NULL,
           worker      = NULL,
           last_error  = format('lease of attempt %s by %s ran out at %s', j.attempt, j.worker, j.lease_until AT TIME ZONE 'UTC')
     WHERE j.queue = p_queue
       AND j.id = ANY (ARRAY(SELECT e.id FROM expired AS e))
       AND j.status = 'running'
       AND (j.lease_until < v_now OR j.lease_until > v_now + interval '25 hours')
    RETURNING j.id, CASE j.status WHEN 'ready' THEN 'retry' ELSE 'dead' END;
END
$$;

COMMENT ON FUNCTION domainflow._rescue_jobs IS
    'Gives jobs back whose lease has run out: retry, or dead when it was the last attempt';
REVOKE ALL ON FUNCTION domainflow._rescue_jobs FROM PUBLIC;
