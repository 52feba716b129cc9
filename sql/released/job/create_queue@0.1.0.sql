-- Creates a queue, or changes the settings of an existing one. Returns whether it was created.
--
-- A setting that is not given keeps its value (or gets the default of job_queue). Jobs enqueued before a change of p_max_attempts or
-- p_keep_finished keep what they were enqueued with. Runs as its owner because it creates the queue's two sweep sequences.
CREATE OR REPLACE FUNCTION domainflow.create_queue(
    p_queue         text,
    p_max_attempts  integer  DEFAULT NULL,
    p_backoff_base  interval DEFAULT NULL,
    p_backoff_cap   interval DEFAULT NULL,
    p_keep_finished boolean  DEFAULT NULL,
    p_notify        boolean  DEFAULT NULL
)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_number  bigint;
    v_created boolean := false;
BEGIN
    IF p_queue IS NULL OR p_queue = '' OR pg_catalog.length(p_queue) > 100 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'a queue needs a name of 1 to 100 characters',
            DETAIL = pg_catalog.format('queue: %L', p_queue), HINT = 'Pass a short name such as ''mail''.';
    END IF;
    IF p_max_attempts < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'max_attempts must be at least 1',
            DETAIL = pg_catalog.format('max_attempts: %s', p_max_attempts), HINT = 'Pass 1 for a job that is never retried.';
    END IF;
    IF p_backoff_base <= interval '0' OR p_backoff_cap < COALESCE(p_backoff_base, interval '0') OR p_backoff_cap <= interval '0' THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'the backoff must be positive, and its cap not below its base',
            DETAIL = pg_catalog.format('base: %s, cap: %s', p_backoff_base, p_backoff_cap), HINT = 'Try ''1 second'' and ''1 hour''.';
    END IF;

    IF NOT EXISTS (SELECT FROM domainflow.job_queue AS q WHERE q.queue = p_queue) THEN
        v_number := pg_catalog.nextval('domainflow.job_seq');
        INSERT INTO domainflow.job_queue AS q (queue, sweep_clock, sweep_head)
        VALUES (p_queue,
                domainflow._create_run_time_sequence('job_sweep_clock_' || v_number, 'when a queue is swept next'),
                domainflow._create_run_time_sequence('job_sweep_head_' || v_number, 'last position when a queue was last swept'))
        ON CONFLICT ON CONSTRAINT job_queue_pkey DO NOTHING;
        v_created := FOUND;
        IF NOT v_created THEN
            -- Another session created the queue at the same moment; its sequences count.
            EXECUTE pg_catalog.format('DROP SEQUENCE domainflow.%I, domainflow.%I',
                'job_sweep_clock_' || v_number, 'job_sweep_head_' || v_number);
        END IF;
    END IF;

    UPDATE domainflow.job_queue AS q
       SET max_attempts  = COALESCE(p_max_attempts, q.max_attempts),
           backoff_base  = COALESCE(p_backoff_base, q.backoff_base),
           backoff_cap   = COALESCE(p_backoff_cap, GREATEST(q.backoff_cap, p_backoff_base)),
           keep_finished = COALESCE(p_keep_finished, q.keep_finished),
           notify        = COALESCE(p_notify, q.notify)
     WHERE q.queue = p_queue
       AND pg_catalog.num_nonnulls(p_max_attempts, p_backoff_base, p_backoff_cap, p_keep_finished, p_notify) > 0;
    RETURN v_created;
END
$$;

COMMENT ON FUNCTION domainflow.create_queue IS
    'Creates a queue or changes its settings; true when it was created';
REVOKE ALL ON FUNCTION domainflow.create_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.create_queue TO domainflow_app;
