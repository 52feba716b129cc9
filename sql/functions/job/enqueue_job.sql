-- Adds one job to a queue and returns its id. The job exists when the caller's transaction commits, or never.
--
-- A queue or priority used for the first time is created on the way. A job with p_run_at in the future waits outside its lane;
-- once it is due, the next claim that finds nothing ready puts it into the lane.
-- Proof: Scenarios/job/rollback.spec, Tests/SQL/job/claim_jobs.sql
CREATE OR REPLACE FUNCTION domainflow.enqueue_job(
    p_queue        text,
    p_kind         text,
    p_payload      jsonb       DEFAULT '{}',
    p_priority     smallint    DEFAULT 0,
    p_run_at       timestamptz DEFAULT NULL,
    p_max_attempts integer     DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_now    timestamptz := pg_catalog.clock_timestamp();
    v_run_at timestamptz := COALESCE(p_run_at, v_now);
    v_id     bigint;
    v_keep   boolean;
    v_notify boolean;
    v_tries  integer;
BEGIN
    IF p_queue IS NULL OR p_kind IS NULL OR p_payload IS NULL OR p_priority IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, kind, payload and priority must not be null',
            DETAIL = pg_catalog.format('queue: %L, kind: %L, payload: %L, priority: %L', p_queue, p_kind, p_payload, p_priority),
            HINT = 'Leave out an argument to get its default.';
    END IF;
    IF p_max_attempts OPERATOR(pg_catalog.<) 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'max_attempts must be at least 1',
            DETAIL = pg_catalog.format('max_attempts: %s', p_max_attempts), HINT = 'Pass 1 for a job that is never retried.';
    END IF;
    LOOP
        SELECT q.keep_finished, q.notify, q.max_attempts
          INTO v_keep, v_notify, v_tries
          FROM domainflow.job_lane AS l
          JOIN domainflow.job_queue AS q ON q.queue OPERATOR(pg_catalog.=) l.queue
         WHERE l.queue OPERATOR(pg_catalog.=) p_queue
           AND l.priority OPERATOR(pg_catalog.=) p_priority;
        EXIT WHEN FOUND;
        PERFORM domainflow._open_lane(p_queue, p_priority);
    END LOOP;

    v_id := pg_catalog.nextval('domainflow.job_seq');
    INSERT INTO domainflow.job (queue, id, pos, status, run_at, created_at, priority, kind, payload, max_attempts, keep)
    VALUES (p_queue, v_id, CASE WHEN v_run_at OPERATOR(pg_catalog.<=) v_now THEN v_id END,
            CASE WHEN v_run_at OPERATOR(pg_catalog.<=) v_now THEN 'ready' ELSE 'waiting' END::domainflow.job_status,
            v_run_at, v_now, p_priority, p_kind, p_payload, COALESCE(p_max_attempts, v_tries), v_keep);
    IF v_notify THEN
        PERFORM pg_catalog.pg_notify('domainflow_job', p_queue);
    END IF;
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION domainflow.enqueue_job IS
    'Adds one job to a queue and returns its id';
REVOKE ALL ON FUNCTION domainflow.enqueue_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.enqueue_job TO domainflow_app;
