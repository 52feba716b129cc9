-- Makes what an enqueuer did not find: the lane, the queue when p_create says so (else DF301), and the certainty that sequences are ahead.
--
-- Two sessions may open the same lane at once: each makes a row of its own, and none waits for the other. One that misses a
-- pause_queue of this moment is put right by the next sweep.
CREATE OR REPLACE FUNCTION domainflow._open_lane(p_queue text, p_priority smallint, p_create boolean)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_made boolean := false;
BEGIN
    IF NOT EXISTS (SELECT FROM domainflow.job_queue AS q WHERE q.queue = p_queue) THEN
        IF p_create THEN
            PERFORM domainflow.create_queue(p_queue);
            v_made := true;
        ELSE
            RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'there is no such queue',
                DETAIL = format('queue: %s', domainflow._shown(p_queue)),
                HINT = 'Create it once with create_queue, or pass p_create => true.';
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM domainflow.job_start) THEN
        PERFORM domainflow._check_sequences();
        INSERT INTO domainflow.job_start (checked_at) VALUES (clock_timestamp()) ON CONFLICT DO NOTHING;
        v_made := true;
    END IF;
    IF NOT EXISTS (SELECT FROM domainflow.job_lane AS l WHERE l.queue = p_queue AND l.priority = p_priority) THEN
        BEGIN
            INSERT INTO domainflow.job_lane (queue, priority, paused, opened)
            VALUES (p_queue, p_priority, COALESCE((SELECT q.paused FROM domainflow.job_queue AS q WHERE q.queue = p_queue), false),
                    nextval('domainflow.job_seq'));
        EXCEPTION WHEN foreign_key_violation THEN
            RAISE EXCEPTION USING ERRCODE = 'DF301', MESSAGE = 'the queue was dropped at this moment',
                DETAIL = format('queue: %s', domainflow._shown(p_queue)), HINT = 'Create it again with create_queue.';
        END;
        v_made := true;
    END IF;
    IF NOT v_made THEN
        -- Everything is there, so the id was taken.
        PERFORM domainflow._check_sequences();
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._open_lane IS
    'Makes the lane that an enqueuer did not find';
REVOKE ALL ON FUNCTION domainflow._open_lane FROM PUBLIC;
