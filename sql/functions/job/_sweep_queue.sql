-- Finds the jobs that claims do not see, when a sweep is due, and returns whether there may now be something to claim.
--
-- Waiting jobs that are due enter their lane, leases that ran out are taken back, and each mark is put right: below the oldest
-- ready job that it had passed (its enqueuer committed late, or its claim rolled back), and past the dead entries of an exhausted lane.
--
-- Only a claim that found nothing sweeps: 50 ms after the last sweep at the earliest, and never before 20 times the last sweep's
-- duration have passed. Under a pinned xmin horizon a sweep walks every dead entry, and this bounds what that costs. The clock is a
-- sequence for the same reason as the marks. Two claims that sweep at the same moment do no harm.
CREATE OR REPLACE FUNCTION domainflow._sweep_queue(p_queue text, p_idle boolean)
RETURNS boolean
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_window   CONSTANT bigint  := 1000::bigint;
    c_promoted CONSTANT integer := 1000;
    v_started  bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    v_ended    bigint;
    v_queue    record;
    v_lane     record;
    v_found    record;
    v_due      bigint[];
    v_head     bigint;
    v_low      bigint;
    v_oldest   bigint;
    v_any      boolean := false;
BEGIN
    SELECT q.sweep_clock, q.sweep_head INTO v_queue FROM domainflow.job_queue AS q WHERE q.queue = p_queue AND NOT q.paused;
    IF NOT FOUND OR v_started < pg_sequence_last_value(v_queue.sweep_clock) + (CASE WHEN p_idle THEN 0 ELSE 950000 END) THEN
        RETURN false;
    END IF;
    PERFORM setval(v_queue.sweep_clock, v_started + 1000000);
    v_head := pg_sequence_last_value('domainflow.job_seq');

    v_due := ARRAY(
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.pos IS NULL
           AND j.run_at <= clock_timestamp()
         ORDER BY j.run_at
         LIMIT c_promoted
           FOR UPDATE SKIP LOCKED);
    IF cardinality(v_due) > 0 THEN
        UPDATE domainflow.job AS j
           SET status = 'ready',
               pos    = d.pos
          FROM (SELECT n.id, nextval('domainflow.job_seq') AS pos FROM unnest(v_due) WITH ORDINALITY AS n(id, number) ORDER BY n.number) AS d
         WHERE j.queue = p_queue
           AND j.id = d.id;
        v_any := true;
    END IF;

    FOR v_lane IN SELECT l.priority, l.mark FROM domainflow.job_lane AS l WHERE l.queue = p_queue LOOP
        v_low := pg_sequence_last_value(v_lane.mark);
        SELECT min(j.pos) FILTER (WHERE j.status = 'ready') AS oldest,
               array_agg(j.id) FILTER (WHERE j.status = 'running' AND j.lease_until < clock_timestamp()) AS expired
          INTO v_found
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.priority = v_lane.priority
           AND j.pos <= v_low + c_window;
        IF v_found.expired IS NOT NULL THEN
            PERFORM domainflow._rescue_jobs(p_queue, v_found.expired);
            v_any := true;
            SELECT LEAST(v_found.oldest, min(j.pos)) AS oldest INTO v_found
              FROM domainflow.job AS j
             WHERE j.queue = p_queue
               AND j.id = ANY (v_found.expired)
               AND j.status = 'ready';
        END IF;
        v_oldest := COALESCE(v_found.oldest, (
            SELECT j.pos
              FROM domainflow.job AS j
             WHERE j.queue = p_queue
               AND j.priority = v_lane.priority
               AND j.pos > v_low + c_window
               AND j.status = 'ready'
             ORDER BY j.pos
             LIMIT 1));
        v_any := v_any OR COALESCE(v_oldest <= v_low, false);
        -- An exhausted lane: positions up to the previous sweep's had time to be committed, the newest may still appear.
        PERFORM setval(v_lane.mark, COALESCE(v_oldest - 1, GREATEST(v_low, pg_sequence_last_value(v_queue.sweep_head))));
    END LOOP;

    PERFORM setval(v_queue.sweep_head, v_head);
    v_ended := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    PERFORM setval(v_queue.sweep_clock, v_ended + GREATEST(50000, 20 * (v_ended - v_started)));
    RETURN v_any;
END
$$;

COMMENT ON FUNCTION domainflow._sweep_queue IS
    'Promotes due jobs, takes expired leases back and puts marks right, when the last sweep is long enough ago';
REVOKE ALL ON FUNCTION domainflow._sweep_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._sweep_queue TO domainflow_app;
GRANT EXECUTE ON FUNCTION domainflow._sweep_queue TO domainflow_app;
