-- Claims up to p_limit ready jobs of one queue for one worker, optionally only of some kinds.
--
-- Order: priority, then age. Never waits for rows another worker holds. Every claim call gets a new fencing token, shared
-- by its jobs, and every later call about them must show it; it is drawn when the rows are locked, so that a later claim of a job
-- always has a higher one. An unknown or paused queue has nothing to claim.
--
-- Scans each lane upwards from its mark and moves the mark when it finds itself far above it. Some places are left between
-- mark and claim, so that enqueuers that commit slightly out of order are still seen. A claim by kind leaves the mark where it is: what it
-- passed may be ready.
-- The planner may not choose a sequential scan: its statistics are those of a moment when the queue was empty, and a plan
-- made then would be kept while the queue grows.
CREATE OR REPLACE FUNCTION domainflow.claim_jobs(
    p_queue  text,
    p_worker text,
    p_limit  integer  DEFAULT 1,
    p_lease  interval DEFAULT '30 seconds',
    p_kinds  text[]   DEFAULT NULL
)
RETURNS SETOF domainflow.claimed_job
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    c_ahead CONSTANT bigint := 32::bigint;
    c_slack CONSTANT bigint := 16::bigint;
BEGIN
    IF p_queue IS NULL OR p_worker IS NULL OR p_limit IS NULL OR p_lease IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, worker, limit and lease must not be null',
            DETAIL = pg_catalog.format('queue: %L, worker: %L, limit: %L, lease: %L', p_queue, p_worker, p_limit, p_lease),
            HINT = 'Leave out limit and lease to get their defaults.';
    END IF;
    IF p_limit OPERATOR(pg_catalog.<) 1 OR p_lease OPERATOR(pg_catalog.<=) interval '0' THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'limit and lease must be positive',
            DETAIL = pg_catalog.format('limit: %s, lease: %s', p_limit, p_lease), HINT = 'Claim at least one job for some time.';
    END IF;

    LOOP
        RETURN QUERY
        WITH claimed AS MATERIALIZED (
            SELECT j.row_id,
                   CASE WHEN p_kinds IS NULL AND j.pos OPERATOR(pg_catalog.-) l.low OPERATOR(pg_catalog.>) c_ahead AND pg_catalog.pg_sequence_last_value(l.mark) OPERATOR(pg_catalog.=) l.low
                        THEN pg_catalog.setval(l.mark, j.pos OPERATOR(pg_catalog.-) c_slack) END AS new_mark
              FROM (SELECT lane.priority, lane.mark, pg_catalog.pg_sequence_last_value(lane.mark) AS low
                      FROM domainflow.job_lane AS lane
                     WHERE lane.queue OPERATOR(pg_catalog.=) p_queue
                       AND NOT lane.paused
                     ORDER BY lane.priority DESC) AS l
             CROSS JOIN LATERAL (
                    SELECT candidate.ctid AS row_id, candidate.pos
                      FROM domainflow.job AS candidate
                     WHERE candidate.queue OPERATOR(pg_catalog.=) p_queue
                       AND candidate.priority OPERATOR(pg_catalog.=) l.priority
                       AND candidate.pos OPERATOR(pg_catalog.>) l.low
                       AND candidate.status OPERATOR(pg_catalog.=) 'ready'
                       AND (p_kinds IS NULL OR candidate.kind OPERATOR(pg_catalog.=) ANY (p_kinds))
                     ORDER BY candidate.pos
                     LIMIT p_limit
                       FOR UPDATE SKIP LOCKED) AS j
             LIMIT p_limit
        ), ticket AS MATERIALIZED (
            SELECT pg_catalog.nextval('domainflow.job_token_seq') AS token,
                   pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) p_lease AS lease_until
              FROM claimed
            HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0
        )
        UPDATE domainflow.job AS j
           SET status      = 'running',
               attempt     = j.attempt OPERATOR(pg_catalog.+) 1,
               token       = t.token,
               worker      = p_worker,
               lease_until = t.lease_until
          FROM ticket AS t, claimed AS c
         WHERE j.ctid OPERATOR(pg_catalog.=) c.row_id
        RETURNING j.id, j.kind, j.payload, j.priority, j.attempt, j.max_attempts, j.token, j.lease_until;
        EXIT WHEN FOUND OR NOT domainflow._sweep_queue(p_queue, true);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.claim_jobs IS
    'Claims ready jobs for a worker: priority, then age; one fencing token for all of them';
REVOKE ALL ON FUNCTION domainflow.claim_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.claim_jobs TO domainflow_app;
