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
SET enable_seqscan = off
SET jit = off
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
