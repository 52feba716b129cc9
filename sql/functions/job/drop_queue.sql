-- Removes a queue that holds no jobs; with p_force, its jobs too, whoever holds them. Returns the number of jobs that went with it.
--
-- The archive keeps its finished jobs. DF301 when there is no such queue, DF306 when it holds jobs. Waits up to 2 s for the transactions
-- that are writing jobs, of any queue, and holds off new ones meanwhile: 55P03 when that is not enough, and nothing has changed.
-- READ COMMITTED only (DF405): an older snapshot would not see the last jobs.
-- Proof: Scenarios/job/queue/dropped.spec, Scenarios/job/queue/drop_orders.spec, Tests/SQL/job/queue.sql
CREATE OR REPLACE FUNCTION domainflow.drop_queue(p_queue text, p_force boolean DEFAULT false)
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    v_jobs bigint := 0::bigint;
BEGIN
    IF p_queue IS NULL OR p_force IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue and force must not be null',
            DETAIL = format('queue: %s, force: %s', COALESCE(domainflow._shown(p_queue), 'null'), COALESCE(p_force::text, 'null')),
            HINT = 'Leave out force to drop an empty queue.';
    END IF;
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING ERRCODE = 'DF405', MESSAGE = 'a queue is dropped at READ COMMITTED only',
            DETAIL = format('isolation: %s', current_setting('transaction_isolation')),
            HINT = 'BEGIN ISOLATION LEVEL READ COMMITTED.';
    END IF;
    LOCK TABLE domainflow.job, domainflow.job_lane IN SHARE ROW EXCLUSIVE MODE;
    PERFORM 1 FROM domainflow.job_queue AS q WHERE q.queue = p_queue FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'there is no such queue',
            DETAIL = format('queue: %s', domainflow._shown(p_queue)), HINT = 'queue_stats() shows those there are.';
    END IF;
    IF p_force THEN
        DELETE FROM domainflow.job AS j WHERE j.queue = p_queue;
        GET DIAGNOSTICS v_jobs = ROW_COUNT;
    ELSIF EXISTS (SELECT FROM domainflow.job AS j WHERE j.queue = p_queue) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF306', MESSAGE = 'the queue holds jobs',
            DETAIL = format('queue: %s, jobs: %s', domainflow._shown(p_queue),
                            (SELECT count(*) FROM domainflow.job AS j WHERE j.queue = p_queue)),
            HINT = 'Let its workers finish, or pass p_force => true to delete its jobs.';
    END IF;
    DELETE FROM domainflow.job_lane AS l WHERE l.queue = p_queue;
    DELETE FROM domainflow.job_mark AS m WHERE m.queue = p_queue;
    DELETE FROM domainflow.job_sweep AS s WHERE s.queue = p_queue;
    DELETE FROM domainflow.job_queue AS q WHERE q.queue = p_queue;
    RETURN v_jobs;
END
$$;

COMMENT ON FUNCTION domainflow.drop_queue IS
    'Removes a queue, and with force its jobs too; returns how many';
REVOKE ALL ON FUNCTION domainflow.drop_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.drop_queue TO domainflow_admin, domainflow_owner;
