-- Parking and removing jobs never waits long for a worker, whoever asks for it: the guard of 0013 moves into the functions that lock.

--! begin include functions/job/_lock_free_jobs.sql
-- Locks those of the jobs that are in one of the states, or run under the token, and that no other transaction has locked; returns their ids.
--
-- SKIP LOCKED passes over a job that somebody holds, but one that is being claimed at this very moment PostgreSQL follows to its new
-- version, and waits for whoever holds that ("while locking updated version of tuple"). A worker holds its job while it waits for the
-- campaign, so a caller that holds the campaign would deadlock with it. No wait here is longer than lock_timeout: the locks taken so far are
-- let go, and the next try sees the new version. A server with a deadlock_timeout below that may find the deadlock first (40P01, retryable).
-- 55P03 when the table of jobs stays locked, by DDL for instance: nothing has changed then.
CREATE OR REPLACE FUNCTION domainflow._lock_free_jobs(
    p_queue    text,
    p_ids      bigint[],
    p_statuses domainflow.job_status[],
    p_token    bigint DEFAULT NULL
)
RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '5ms'
AS $$
DECLARE
    c_tries CONSTANT integer := 40;
    v_free  bigint[];
    v_id    bigint;
BEGIN
    FOR v_try IN 1 .. c_tries LOOP
        BEGIN
            v_free := '{}';
            FOR v_id IN
                SELECT j.id
                  FROM domainflow.job AS j
                 WHERE j.queue = p_queue
                   AND j.id = ANY (p_ids)
                   AND (j.status = ANY (p_statuses) OR (j.status = 'running' AND j.token = p_token))
                 ORDER BY j.id
                   FOR UPDATE SKIP LOCKED
            LOOP
                v_free := v_free || v_id;
            END LOOP;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF v_try = c_tries THEN
                RAISE;
            END IF;
        END;
    END LOOP;
    RETURN v_free;
END
$$;

COMMENT ON FUNCTION domainflow._lock_free_jobs IS
    'Locks the jobs that nobody holds without waiting for the others, and returns their ids';
REVOKE ALL ON FUNCTION domainflow._lock_free_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._lock_free_jobs TO domainflow_app;
--! end include functions/job/_lock_free_jobs.sql
--! begin include functions/job/park_jobs.sql
-- Takes ready and waiting jobs out of reach of claims until unpark_jobs, and returns their ids. Running and dead ones are left alone,
-- and so are jobs that another transaction has locked at this moment, to claim them for instance: waiting for them could deadlock.
-- When the whole table stays locked it gives up with 55P03 after 0.2 s.
--
-- With p_token, running jobs of that token are parked too, without burning an attempt: a worker gives back what it must not process now.
CREATE OR REPLACE FUNCTION domainflow.park_jobs(p_queue text, p_ids bigint[], p_token bigint DEFAULT NULL)
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_free bigint[] := domainflow._lock_free_jobs(p_queue, p_ids, ARRAY['ready', 'waiting']::domainflow.job_status[], p_token);
BEGIN
    RETURN QUERY
    UPDATE domainflow.job AS j
       SET status      = 'parked',
           attempt     = j.attempt - CASE j.status WHEN 'running' THEN 1 ELSE 0 END,
           pos         = NULL,
           run_at      = 'infinity',
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
--! end include functions/job/park_jobs.sql
--! begin include functions/job/cancel_jobs.sql
-- Removes jobs that no worker holds (ready, waiting, parked, dead), and returns their ids.
--
-- Running ones stay: who processes them must ask whether the work is still wanted. Jobs that another
-- transaction has locked at this moment, to claim them for instance, stay too: waiting for them could deadlock.
-- When the whole table stays locked it gives up with 55P03 after 0.2 s.
CREATE OR REPLACE FUNCTION domainflow.cancel_jobs(p_queue text, p_ids bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_free bigint[] := domainflow._lock_free_jobs(p_queue, p_ids, ARRAY['ready', 'waiting', 'parked', 'dead']::domainflow.job_status[]);
BEGIN
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
--! end include functions/job/cancel_jobs.sql
--! begin include functions/job/claim_jobs.sql
-- Claims up to p_limit ready jobs of one queue for one worker, optionally only of some kinds.
--
-- Order: priority, then age. Passes over rows another worker holds; very seldom it waits for the transaction that processes one: when the
-- other claim commits at the very moment this one looks at the row, PostgreSQL follows it to its new version, SKIP LOCKED or not.
-- Every claim call gets a new fencing token, shared by its jobs, and every later call about them must show it; it is drawn when the
-- rows are locked, so that a later claim of a job always has a higher one. An unknown or paused queue has nothing to claim.
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
--! end include functions/job/claim_jobs.sql
--! begin include functions/campaign/pause_campaign.sql
-- Pauses a running campaign: its waiting jobs are parked, jobs being processed finish, and no further range is handed out.
--
-- A job that is claimed but not begun is parked by process_campaign_job. Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.pause_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'paused', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow.park_jobs('campaign', domainflow._open_jobs(p_campaign_id));
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.pause_campaign IS
    'Pauses a running campaign and parks its jobs';
REVOKE ALL ON FUNCTION domainflow.pause_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.pause_campaign TO domainflow_app;
--! end include functions/campaign/pause_campaign.sql
--! begin include functions/campaign/cancel_campaign.sql
-- Cancels a campaign for good and removes its jobs. Jobs being processed finish; claimed ones are dropped by process_campaign_job.
--
-- Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.cancel_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'cancelled', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow.cancel_jobs('campaign', domainflow._open_jobs(p_campaign_id));
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.cancel_campaign IS
    'Cancels a campaign and removes its jobs';
REVOKE ALL ON FUNCTION domainflow.cancel_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.cancel_campaign TO domainflow_app;
--! end include functions/campaign/cancel_campaign.sql
--! begin include functions/campaign/fail_campaign.sql
-- Fails a running or paused campaign that cannot be finished, because a job is dead, and removes its jobs.
--
-- Refusals are answers, as with transition_state.
CREATE OR REPLACE FUNCTION domainflow.fail_campaign(p_campaign_id uuid, p_actor text DEFAULT NULL, p_reason text DEFAULT NULL)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_result domainflow.transition_result := domainflow._move_campaign(p_campaign_id, 'failed', p_actor, p_reason);
BEGIN
    IF v_result.success THEN
        PERFORM domainflow.cancel_jobs('campaign', domainflow._open_jobs(p_campaign_id));
    END IF;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.fail_campaign IS
    'Fails a campaign and removes its jobs';
REVOKE ALL ON FUNCTION domainflow.fail_campaign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_campaign TO domainflow_app;
--! end include functions/campaign/fail_campaign.sql

-- Internal: only the three above called it.
-- squawk-ignore ban-drop-function
DROP FUNCTION domainflow._withdraw_open_jobs(uuid, boolean);

--! begin include functions/meta/version.sql
-- The release of DomainFlow that is installed in this database, as in `0.3.2`.
CREATE OR REPLACE FUNCTION domainflow.version()
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT '0.3.2'::pg_catalog.text
$$;

COMMENT ON FUNCTION domainflow.version() IS 'The release of DomainFlow that is installed in this database.';
REVOKE ALL ON FUNCTION domainflow.version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.version()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
--! end include functions/meta/version.sql
