-- Takes ready and waiting jobs out of reach of claims until unpark_jobs, and returns their ids. Running and dead ones are left alone,
-- and so are jobs that another transaction has locked at this moment, to claim them for instance: waiting for them could deadlock.
-- When the whole table stays locked it gives up with 55P03 after 0.2 s.
--
-- With p_token, running jobs of that token are parked too, without burning an attempt: a worker gives back what it must not process now.
-- Above READ COMMITTED it fails with 40001 when one of the jobs was changed since the transaction's snapshot.
-- Proof: Scenarios/job/park_skips.spec, Tests/SQL/job/lifecycle.sql
CREATE OR REPLACE FUNCTION domainflow.park_jobs(p_queue text, p_ids bigint[], p_token bigint DEFAULT NULL)
RETURNS SETOF bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_free bigint[];
BEGIN
    PERFORM domainflow._refuse_ids(p_queue, p_ids);
    v_free := domainflow._lock_free_jobs(p_queue, p_ids, ARRAY['ready', 'waiting']::domainflow.job_status[], p_token);
    RETURN QUERY
    UPDATE domainflow.job AS j
       SET status      = 'parked',
           attempt     = j.attempt - CASE j.status WHEN 'running' THEN 1 ELSE 0 END,
           pos         = NULL,
           run_at      = 'infinity',
           due_at      = CASE j.status WHEN 'waiting' THEN j.run_at END,
           token       = NULL,
           lease_until = NULL,
           worker      = NULL
     WHERE j.queue = p_queue
       AND j.id = ANY (v_free)
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.park_jobs IS
    'Takes jobs out of reach of claims until they are unparked, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.park_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.park_jobs TO domainflow_app;
