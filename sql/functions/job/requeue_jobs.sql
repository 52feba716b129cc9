-- Lets dead jobs run again with their attempts counted from zero, and returns their ids. Others are left alone.
-- Above READ COMMITTED it fails with 40001 when one of them was changed since the transaction's snapshot.
-- Proof: Scenarios/job/queue/requeued.spec, Scenarios/job/attempts.spec, Tests/SQL/job/lifecycle.sql
CREATE OR REPLACE FUNCTION domainflow.requeue_jobs(p_queue text, p_ids bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_ids bigint[];
BEGIN
    PERFORM domainflow._refuse_ids(p_queue, p_ids);
    v_ids := ARRAY(
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
           AND j.status = 'dead'
         ORDER BY j.id
           FOR UPDATE);
    -- Places are drawn before the update, which meets the jobs in an order of its own.
    RETURN QUERY
    WITH place AS MATERIALIZED (
        SELECT u.id, nextval('domainflow.job_seq') AS pos FROM unnest(v_ids) AS u (id)
    ), changed AS (
        UPDATE domainflow.job AS j
           SET status  = 'ready',
               attempt = 0,
               pos     = p.pos,
               run_at  = j.created_at
          FROM place AS p
         WHERE j.queue = p_queue
           AND j.id = p.id
        RETURNING j.id
    )
    SELECT c.id FROM changed AS c ORDER BY c.id;
END
$$;

COMMENT ON FUNCTION domainflow.requeue_jobs IS
    'Lets dead jobs run again, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.requeue_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.requeue_jobs TO domainflow_app;
