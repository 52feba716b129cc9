-- Makes sure that a queue has a lane for a priority, and creates queue and lane when they are new.
--
-- Runs as its owner because it creates the lane's mark. Two sessions may open the same lane at once: the second waits
-- for the first and uses its lane.
CREATE OR REPLACE FUNCTION domainflow._open_lane(p_queue text, p_priority smallint)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_mark   text := 'job_mark_' || pg_catalog.nextval('domainflow.job_seq');
    v_paused boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM domainflow.job_queue AS q WHERE q.queue = p_queue) THEN
        PERFORM domainflow.create_queue(p_queue);
    END IF;
    -- FOR SHARE, so that the new lane cannot miss a pause_queue of this moment.
    SELECT q.paused INTO v_paused FROM domainflow.job_queue AS q WHERE q.queue = p_queue FOR SHARE;
    INSERT INTO domainflow.job_lane (queue, priority, mark, paused)
    VALUES (p_queue, p_priority, domainflow._create_run_time_sequence(v_mark, 'low-water mark of a lane'), v_paused)
    ON CONFLICT ON CONSTRAINT job_lane_pkey DO NOTHING;
    IF NOT FOUND THEN
        EXECUTE pg_catalog.format('DROP SEQUENCE domainflow.%I', v_mark);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._open_lane IS
    'Creates the lane of a queue and priority when it is new';
REVOKE ALL ON FUNCTION domainflow._open_lane FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._open_lane TO domainflow_app;
