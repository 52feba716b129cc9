-- Pauses a queue, or lets it go on with p_paused => false. Returns whether that changed anything.
--
-- A paused queue accepts jobs and hands none out. Jobs already claimed are not touched. An unknown queue is created.
CREATE OR REPLACE FUNCTION domainflow.pause_queue(p_queue text, p_paused boolean DEFAULT true)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_paused IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'p_paused must be true or false',
            DETAIL = pg_catalog.format('queue: %L', p_queue), HINT = 'Leave it out to pause.';
    END IF;
    PERFORM domainflow.create_queue(p_queue);
    UPDATE domainflow.job_queue AS q SET paused = p_paused WHERE q.queue = p_queue AND q.paused <> p_paused;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE domainflow.job_lane AS l SET paused = p_paused WHERE l.queue = p_queue;
    RETURN true;
END
$$;

COMMENT ON FUNCTION domainflow.pause_queue IS
    'Pauses a queue or lets it go on; true when that changed anything';
REVOKE ALL ON FUNCTION domainflow.pause_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.pause_queue TO domainflow_app;
