-- Takes back every job whose lease has run out, in one queue or in all, and says what became of each: 'retry' or 'dead'.
--
-- Claims do this by themselves within two seconds, for queues that are not paused. This looks at every job, of a paused queue too.
-- A lease that ends later than the longest one that can be asked for was given while the clock was ahead: it has run out too.
-- Above READ COMMITTED it fails with 40001 when such a job was changed since the transaction's snapshot. An unknown queue is DF301.
-- Proof: Scenarios/job/fencing_orders.spec, Tests/SQL/job/sweep.sql
CREATE OR REPLACE FUNCTION domainflow.rescue_jobs(p_queue text DEFAULT NULL)
RETURNS TABLE (queue text, id bigint, outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_queue record;
BEGIN
    IF p_queue IS NOT NULL THEN
        PERFORM domainflow._refuse_unknown_queue(p_queue);
    END IF;
    FOR v_queue IN
        SELECT j.queue, array_agg(j.id) AS ids
          FROM domainflow.job AS j
         WHERE (p_queue IS NULL OR j.queue = p_queue)
           AND j.status = 'running'
           AND (j.lease_until < v_now OR j.lease_until > v_now + interval '25 hours')
         GROUP BY j.queue
    LOOP
        RETURN QUERY SELECT v_queue.queue, r.id, r.outcome FROM domainflow._rescue_jobs(v_queue.queue, v_queue.ids) AS r;
        PERFORM domainflow._lower_marks(v_queue.queue, v_queue.ids);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.rescue_jobs IS
    'Takes back jobs whose lease has run out';
REVOKE ALL ON FUNCTION domainflow.rescue_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.rescue_jobs TO domainflow_app;
