-- Takes jobs of a queue away from workers whose lease has run out.
--
-- The lease is checked again inside the UPDATE, so a job that its worker has just finished, or whose lease it has just renewed,
-- is left alone. The lost attempt counts: a job without attempts left is dead. A rescued job keeps its place in the lane.
CREATE OR REPLACE FUNCTION domainflow._rescue_jobs(p_queue text, p_ids bigint[])
RETURNS TABLE (id bigint, outcome text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
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
           AND j.lease_until < v_now
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
           last_error  = format('lease of attempt %s by %s ran out at %s', j.attempt, j.worker, j.lease_until)
      FROM expired AS e
     WHERE j.queue = p_queue
       AND j.id = e.id
       AND j.status = 'running'
       AND j.lease_until < v_now
    RETURNING j.id, CASE j.status WHEN 'ready' THEN 'retry' ELSE 'dead' END;
END
$$;

COMMENT ON FUNCTION domainflow._rescue_jobs IS
    'Gives jobs back whose lease has run out: retry, or dead when it was the last attempt';
REVOKE ALL ON FUNCTION domainflow._rescue_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._rescue_jobs TO domainflow_app;
GRANT EXECUTE ON FUNCTION domainflow._rescue_jobs TO domainflow_app;
