-- Puts parked jobs at the end of their lanes, in the order of their ids, and returns these ids; those that had to wait for their time wait
-- for it again. Others are left alone.
-- Above READ COMMITTED it fails with 40001 when one of them was changed since the transaction's snapshot.
-- Proof: Scenarios/job/queue/unparked.spec, Scenarios/job/queue/unparked_due.spec, Tests/SQL/job/lifecycle.sql
CREATE OR REPLACE FUNCTION domainflow.unpark_jobs(p_queue text, p_ids bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_ids bigint[];
    v_now timestamptz;
BEGIN
    PERFORM domainflow._refuse_ids(p_queue, p_ids);
    v_ids := ARRAY(
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
           AND j.status = 'parked'
         ORDER BY j.id
           FOR UPDATE);
    v_now := clock_timestamp();
    -- Places are drawn before the update, which meets the jobs in an order of its own.
    RETURN QUERY
    WITH place AS MATERIALIZED (
        SELECT u.id, nextval('domainflow.job_seq') AS pos FROM unnest(v_ids) AS u (id)
    ), changed AS (
        UPDATE domainflow.job AS j
           SET status = CASE WHEN j.due_at > v_now THEN 'waiting' ELSE 'ready' END::domainflow.job_status,
               pos    = CASE WHEN j.due_at > v_now THEN NULL ELSE p.pos END,
               run_at = COALESCE(j.due_at, j.created_at),
               due_at = NULL
          FROM place AS p
         WHERE j.queue = p_queue
           AND j.id = p.id
        RETURNING j.id
    )
    SELECT c.id FROM changed AS c ORDER BY c.id;
END
$$;

COMMENT ON FUNCTION domainflow.unpark_jobs IS
    'Lets parked jobs be claimed again, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.unpark_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.unpark_jobs TO domainflow_app;
