-- hot: job.enqueue
-- Adds one job to a queue and returns its id. The job exists when the caller's transaction commits, or never.
--
-- The queue must exist (DF301), unless p_create says to make it. A job with p_run_at in the future waits outside its lane; whoever claims
-- from the queue puts it there within a second of that time. Bounds (DF204): kind 1 to 200 characters, payload 1 MiB, priority
-- -32768 to 32767, attempts 1 to 1000000, run_at within 100 years. Needs no lock that another enqueuer or worker holds, at any
-- isolation level: it never waits, and above READ COMMITTED does not fail either (with p_create it may, see create_queue).
-- Proof: Scenarios/job/enqueue_orders.spec, Tests/SQL/job/claim_jobs.sql
CREATE OR REPLACE FUNCTION domainflow.enqueue_job(
    p_queue        pg_catalog.text,
    p_kind         pg_catalog.text,
    p_payload      pg_catalog.jsonb       DEFAULT '{}',
    p_priority     pg_catalog.int4        DEFAULT 0,
    p_run_at       pg_catalog.timestamptz DEFAULT NULL,
    p_max_attempts pg_catalog.int4        DEFAULT NULL,
    p_create       pg_catalog.bool        DEFAULT false
)
RETURNS pg_catalog.int8
LANGUAGE plpgsql
SECURITY DEFINER
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_now    pg_catalog.timestamptz := pg_catalog.clock_timestamp();
    v_run_at pg_catalog.timestamptz := COALESCE(p_run_at, v_now);
    v_id     pg_catalog.int8;
BEGIN
    -- #> '{}' takes a value out of its storage: one that comes from a table may be compressed.
    IF p_queue IS NULL OR p_kind IS NULL OR p_payload IS NULL OR p_priority IS NULL OR p_create IS NULL
       OR p_kind OPERATOR(pg_catalog.=) '' OR pg_catalog.length(p_kind) OPERATOR(pg_catalog.>) 200
       OR p_priority OPERATOR(pg_catalog.<) -32768 OR p_priority OPERATOR(pg_catalog.>) 32767
       OR pg_catalog.pg_column_size(p_payload OPERATOR(pg_catalog.#>) '{}'::pg_catalog.text[]) OPERATOR(pg_catalog.>) 1048576
       OR p_max_attempts IS NOT NULL OR p_run_at IS NOT NULL THEN
        PERFORM domainflow._refuse_job(p_queue, p_kind, p_payload, p_priority, p_run_at, p_max_attempts, p_create);
    END IF;
    LOOP
        -- Inside one statement, so that drop_queue cannot come between the look at the queue and the job.
        WITH drawn AS MATERIALIZED (
            SELECT pg_catalog.nextval('domainflow.job_seq'::pg_catalog.regclass) AS id, q.max_attempts, q.keep_finished,
                   CASE WHEN q.notify THEN pg_catalog.pg_notify('domainflow_job'::pg_catalog.text, p_queue) END AS notified
              FROM domainflow.job_queue AS q
             WHERE q.queue OPERATOR(pg_catalog.=) p_queue
               AND EXISTS (
                   SELECT
                     FROM domainflow.job_lane AS l
                    WHERE l.queue OPERATOR(pg_catalog.=) p_queue
                      AND l.priority OPERATOR(pg_catalog.=) p_priority)
               AND EXISTS (SELECT FROM domainflow.job_start)
        )
        INSERT INTO domainflow.job AS j (queue, id, pos, status, run_at, created_at, priority, kind, payload, max_attempts, keep)
        SELECT p_queue, d.id, CASE WHEN v_run_at OPERATOR(pg_catalog.<=) v_now THEN d.id END,
               CASE WHEN v_run_at OPERATOR(pg_catalog.<=) v_now THEN 'ready'::domainflow.job_status
                    ELSE 'waiting'::domainflow.job_status END,
               v_run_at, v_now, p_priority::pg_catalog.int2, p_kind, p_payload, COALESCE(p_max_attempts, d.max_attempts),
               d.keep_finished
          FROM drawn AS d
        ON CONFLICT ON CONSTRAINT job_pkey DO NOTHING
        RETURNING j.id INTO v_id;
        EXIT WHEN FOUND;
        PERFORM domainflow._open_lane(p_queue, p_priority::pg_catalog.int2, p_create);
    END LOOP;
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION domainflow.enqueue_job IS
    'Adds one job to a queue and returns its id';
REVOKE ALL ON FUNCTION domainflow.enqueue_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.enqueue_job TO domainflow_app;
