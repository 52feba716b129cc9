-- Pauses a queue, or lets it go on with p_paused => false. Returns whether that changed anything.
--
-- A paused queue accepts jobs and hands none out. Jobs already claimed are not touched. DF301 when there is no such queue.
-- Above READ COMMITTED it fails with 40001 when the queue was changed since the transaction's snapshot.
-- Proof: Scenarios/job/queue/paused.spec, Tests/SQL/job/claim_jobs.sql
CREATE OR REPLACE FUNCTION domainflow.pause_queue(p_queue text, p_paused boolean DEFAULT true)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_paused boolean;
BEGIN
    IF p_queue IS NULL OR p_paused IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue and paused must not be null',
            DETAIL = format('queue: %s, paused: %s', COALESCE(domainflow._shown(p_queue), 'null'), COALESCE(p_paused::text, 'null')),
            HINT = 'Leave out paused to pause.';
    END IF;
    -- Before the queue, as drop_queue does it: the other way round the two could deadlock.
    LOCK TABLE domainflow.job_lane IN ROW EXCLUSIVE MODE;
    SELECT q.paused INTO v_paused FROM domainflow.job_queue AS q WHERE q.queue = p_queue FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'there is no such queue',
            DETAIL = format('queue: %s', domainflow._shown(p_queue)), HINT = 'queue_stats() shows those there are; create_queue makes one.';
    END IF;
    IF v_paused = p_paused THEN
        RETURN false;
    END IF;
    UPDATE domainflow.job_queue AS q SET paused = p_paused WHERE q.queue = p_queue;
    UPDATE domainflow.job_lane AS l SET paused = p_paused WHERE l.queue = p_queue;
    RETURN true;
END
$$;

COMMENT ON FUNCTION domainflow.pause_queue IS
    'Pauses a queue or lets it go on; true when that changed anything';
REVOKE ALL ON FUNCTION domainflow.pause_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.pause_queue TO domainflow_app;
