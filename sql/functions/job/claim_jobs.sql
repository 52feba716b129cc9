-- hot: job.claim
-- Claims up to p_limit ready jobs of one queue for one worker, optionally only of some kinds.
--
-- Order: priority, then age. Passes over rows another worker holds; rarely, it waits for a transaction that is processing a job: when the
-- other claim commits at the very moment this one looks at the row, PostgreSQL follows it to its new version, SKIP LOCKED or not.
-- Every claim call gets a new fencing token, shared by its jobs, and every later call about them must show it; it is drawn when the
-- rows are locked, so that a later claim of a job always has a higher one. A paused queue has nothing to claim, an unknown one is DF301.
-- Bounds (DF204): limit 1 to 100000, a lease of up to a day, a worker's name of 1 to 200 characters, at most 1000 kinds.
--
-- Scans each lane upwards from its mark and moves the mark when it finds itself far above it (one claim in eight does). When it is time to,
-- it also sweeps: see _sweep_queue. Above READ COMMITTED it fails with 40001 when another claim took a job that was ready in its snapshot,
-- or moved a mark or swept since, so call it first, in a transaction of its own, and try again.
-- The planner may not choose a sequential scan: its statistics are those of a moment when the queue was empty, and a plan
-- made then would be kept while the queue grows.
-- Proof: Scenarios/job/claim.spec, Tests/SQL/job/claim_jobs.sql
CREATE OR REPLACE FUNCTION domainflow.claim_jobs(
    p_queue  text,
    p_worker text,
    p_limit  integer  DEFAULT 1,
    p_lease  interval DEFAULT '30 seconds',
    p_kinds  text[]   DEFAULT NULL
)
RETURNS SETOF domainflow.claimed_job
LANGUAGE plpgsql
SECURITY DEFINER
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
DECLARE
    v_now pg_catalog.timestamptz := pg_catalog.clock_timestamp();
BEGIN
    IF p_queue IS NULL OR p_worker IS NULL OR p_limit IS NULL OR p_lease IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, worker, limit and lease must not be null',
            DETAIL = pg_catalog.format('queue: %s, worker: %s, limit: %s, lease: %s',
                                       COALESCE(domainflow._shown(p_queue), 'null'), COALESCE(domainflow._shown(p_worker), 'null'),
                                       COALESCE(p_limit::pg_catalog.text, 'null'), COALESCE(p_lease::pg_catalog.text, 'null')),
            HINT = 'Leave out limit and lease to get their defaults.';
    END IF;
    -- The fields first: PostgreSQL cannot add an interval of 200,000 years to a time.
    IF p_limit OPERATOR(pg_catalog.<) 1 OR p_limit OPERATOR(pg_catalog.>) 100000
       OR p_lease OPERATOR(pg_catalog.<=) '0'::pg_catalog.interval OR p_lease OPERATOR(pg_catalog.>) '24:00:00'::pg_catalog.interval
       OR pg_catalog.date_part('year', p_lease) OPERATOR(pg_catalog.<>) 0
       OR pg_catalog.abs(pg_catalog.date_part('day', p_lease)) OPERATOR(pg_catalog.>) 1000
       OR (v_now OPERATOR(pg_catalog.+) p_lease) OPERATOR(pg_catalog.<=) v_now
       OR (v_now OPERATOR(pg_catalog.+) p_lease) OPERATOR(pg_catalog.>) (v_now OPERATOR(pg_catalog.+) '24:00:00'::pg_catalog.interval)
       OR p_worker OPERATOR(pg_catalog.=) '' OR pg_catalog.length(p_worker) OPERATOR(pg_catalog.>) 200
       OR pg_catalog.cardinality(p_kinds) OPERATOR(pg_catalog.>) 1000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204',
            MESSAGE = 'limit is 1 to 100000, lease up to a day, the worker''s name 1 to 200 characters, kinds at most 1000',
            DETAIL = pg_catalog.format('limit: %s, lease: %s, worker: %s characters, kinds: %s', p_limit, p_lease,
                                       pg_catalog.length(p_worker), COALESCE(pg_catalog.cardinality(p_kinds)::pg_catalog.text, 'all')),
            HINT = 'Claim at least one job for some time; a worker that needs longer than a day sends heartbeats.';
    END IF;

    LOOP
        IF p_kinds IS NOT NULL THEN
            RETURN QUERY SELECT c.* FROM domainflow._claim_kinds(p_queue, p_worker, p_limit, p_lease, p_kinds) AS c;
        ELSIF p_limit OPERATOR(pg_catalog.>) 1 THEN
            RETURN QUERY SELECT c.* FROM domainflow._claim_batch(p_queue, p_worker, p_limit, p_lease) AS c;
        ELSE
            RETURN QUERY
            WITH claimed AS MATERIALIZED (
                SELECT j.row_id,
                       domainflow._next_token() AS token,
                       pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) p_lease AS lease_until,
                       CASE WHEN (j.pos OPERATOR(pg_catalog.-) l.low) OPERATOR(pg_catalog.>) 32
                             AND (l.n IS NULL OR (pg_catalog.hashint8(j.pos) OPERATOR(pg_catalog.&) 7) OPERATOR(pg_catalog.=) 0)
                            THEN domainflow._set_mark(p_queue, '', l.priority, l.n, j.pos OPERATOR(pg_catalog.-) 16,
                                                      (j.pos OPERATOR(pg_catalog.-) l.low) OPERATOR(pg_catalog.>) 256)
                       END AS moved,
                       CASE WHEN COALESCE((
                                SELECT s.more OR s.swept_at OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp()
                                       OR (s.swept_at OPERATOR(pg_catalog.+) '250 ms'::pg_catalog.interval)
                                          OPERATOR(pg_catalog.<=) pg_catalog.clock_timestamp()
                                  FROM domainflow.job_sweep AS s
                                 WHERE s.spot OPERATOR(pg_catalog.=) pg_catalog.hashtextextended(p_queue, 0::pg_catalog.int8)
                                 ORDER BY s.n DESC
                                 LIMIT 1), true)
                            THEN domainflow._sweep_queue(p_queue, false)
                       END AS swept
                  FROM (SELECT lane.priority, mark.n, COALESCE(mark.low, 0::pg_catalog.int8) AS low
                          FROM (SELECT DISTINCT o.priority
                                  FROM domainflow.job_lane AS o
                                 WHERE o.queue OPERATOR(pg_catalog.=) p_queue
                                   AND NOT o.paused
                                 ORDER BY o.priority DESC) AS lane
                          LEFT JOIN LATERAL (
                                SELECT m.n, m.low
                                  FROM domainflow.job_mark AS m
                                 WHERE m.spot OPERATOR(pg_catalog.=) domainflow._spot(p_queue, '', lane.priority)
                                   AND m.queue OPERATOR(pg_catalog.=) p_queue
                                 ORDER BY m.n DESC
                                 LIMIT 1) AS mark ON true) AS l
                 CROSS JOIN LATERAL (
                        SELECT candidate.ctid AS row_id, candidate.pos
                          FROM domainflow.job AS candidate
                         WHERE candidate.queue OPERATOR(pg_catalog.=) p_queue
                           AND candidate.priority OPERATOR(pg_catalog.=) l.priority
                           AND candidate.pos OPERATOR(pg_catalog.>) l.low
                           AND candidate.status OPERATOR(pg_catalog.=) 'ready'
                         ORDER BY candidate.pos
                         LIMIT 1
                           FOR UPDATE SKIP LOCKED) AS j
                 LIMIT 1
            )
            UPDATE domainflow.job AS j
               SET status      = 'running',
                   attempt     = j.attempt OPERATOR(pg_catalog.+) 1,
                   token       = c.token,
                   worker      = p_worker,
                   lease_until = c.lease_until
              FROM claimed AS c
             WHERE j.ctid OPERATOR(pg_catalog.=) c.row_id
            RETURNING j.id, j.kind, j.payload, j.priority, j.attempt, j.max_attempts, j.token, j.lease_until,
                      j.correlation_id, j.run_at, j.last_error;
        END IF;
        EXIT WHEN FOUND OR NOT domainflow._sweep_queue(p_queue, true);
    END LOOP;
    IF NOT FOUND THEN
        PERFORM domainflow._refuse_unknown_queue(p_queue);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.claim_jobs IS
    'Claims ready jobs for a worker: priority, then age; one fencing token for all of them';
REVOKE ALL ON FUNCTION domainflow.claim_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.claim_jobs TO domainflow_app;
