-- Sweeps every queue, paused ones too, and brings retries back whose time was set while the clock was ahead. Returns the rounds that found jobs.
--
-- A retry waits for backoff_cap at most: one that is further away, though its job was tried before, has a time that was wrong.
CREATE OR REPLACE FUNCTION domainflow._maintain_queues()
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_queue  record;
    v_found  bigint := 0::bigint;
    v_now    timestamptz := clock_timestamp();
BEGIN
    FOR v_queue IN SELECT q.queue, q.backoff_cap FROM domainflow.job_queue AS q ORDER BY q.queue LOOP
        UPDATE domainflow.job AS j
           SET run_at = v_now
         WHERE j.ctid = ANY (ARRAY(
               SELECT o.ctid
                 FROM domainflow.job AS o
                WHERE o.queue = v_queue.queue
                  AND o.pos IS NULL
                  AND o.run_at > v_now + make_interval(secs => extract(epoch FROM v_queue.backoff_cap)::double precision) + interval '1 minute'
                  AND o.run_at < 'infinity'
                  AND o.status = 'waiting'
                  AND o.attempt > 0
                LIMIT 10000
                  FOR UPDATE SKIP LOCKED));
        FOR v_round IN 1 .. 100 LOOP
            EXIT WHEN NOT domainflow._sweep_queue(v_queue.queue, true, true);
            v_found := v_found + 1;
        END LOOP;
    END LOOP;
    RETURN v_found;
END
$$;

COMMENT ON FUNCTION domainflow._maintain_queues IS
    'Sweeps every queue; returns the rounds that found jobs';
REVOKE ALL ON FUNCTION domainflow._maintain_queues FROM PUBLIC;
