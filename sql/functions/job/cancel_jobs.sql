-- Removes jobs that no worker holds (ready, waiting, parked, dead), and returns their ids.
--
-- Running ones stay: their worker must check whether the work is still wanted. Jobs that another
-- transaction has locked at this moment, to claim them for instance, stay too: waiting for them could deadlock.
-- When the whole table stays locked it gives up with 55P03 after 0.2 s.
-- Above READ COMMITTED it fails with 40001 when one of the jobs was changed since the transaction's snapshot.
-- Proof: Scenarios/job/park_skips.spec, Tests/SQL/job/lifecycle.sql
CREATE OR REPLACE FUNCTION domainflow.cancel_jobs(p_queue text, p_ids bigint[])
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
    v_free := domainflow._lock_free_jobs(p_queue, p_ids, ARRAY['ready', 'waiting', 'parked', 'dead']::domainflow.job_status[]);
    RETURN QUERY
    DELETE FROM domainflow.job AS j
     WHERE j.queue = p_queue
       AND j.id = ANY (v_free)
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.cancel_jobs IS
    'Removes jobs that no worker holds, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.cancel_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.cancel_jobs TO domainflow_app;
