-- Creates a queue, or changes the settings of an existing one. Returns whether it was created.
--
-- A setting that is not given keeps its value (or gets the default of job_queue). Jobs enqueued before a change of p_max_attempts or
-- p_keep_finished keep what they were enqueued with. Two transactions that create the same queue wait for each other, as for any
-- name that must be unique: create queues when you deploy, not in a request.
-- Above READ COMMITTED it fails with 40001 when another transaction has created or changed the queue meanwhile.
-- Proof: Scenarios/job/queue/settings.spec, Scenarios/job/claim.spec, Tests/SQL/job/queue.sql
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
    v_created boolean := false;
    v_base    interval;
    v_cap     interval;
BEGIN
    IF p_queue IS NULL OR length(p_queue) NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'a queue needs a name of 1 to 100 characters',
            DETAIL = format('queue: %s', COALESCE(domainflow._shown(p_queue), 'null')), HINT = 'Pass a short name such as ''mail''.';
    END IF;
    IF p_max_attempts NOT BETWEEN 1 AND 1000000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'max_attempts is between 1 and 1000000',
            DETAIL = format('max_attempts: %s', p_max_attempts), HINT = 'Pass 1 for a job that is never retried.';
    END IF;

    INSERT INTO domainflow.job_queue AS q (queue)
    SELECT p_queue
     WHERE NOT EXISTS (SELECT FROM domainflow.job_queue AS o WHERE o.queue = p_queue)
    ON CONFLICT ON CONSTRAINT job_queue_pkey DO NOTHING;
    v_created := FOUND;
    IF v_created THEN
        -- A new queue has lost no marks: its first sweep need not read all of it.
        INSERT INTO domainflow.job_sweep (spot, n, queue, swept_at, due_low, more, full_cost, head)
        VALUES (hashtextextended(p_queue, 0), nextval('domainflow.job_mark_seq'), p_queue, '-infinity', '-infinity', false, 0, 0)
        ON CONFLICT DO NOTHING;
    END IF;
    IF num_nonnulls(p_max_attempts, p_backoff_base, p_backoff_cap, p_keep_finished, p_notify) = 0 THEN
        RETURN v_created;
    END IF;

    SELECT COALESCE(p_backoff_base, q.backoff_base), COALESCE(p_backoff_cap, GREATEST(q.backoff_cap, p_backoff_base))
      INTO v_base, v_cap
      FROM domainflow.job_queue AS q
     WHERE q.queue = p_queue
       FOR NO KEY UPDATE;
    -- In seconds, as fail_job counts them, and as intervals, as the constraint compares them: they differ in months.
    IF extract(epoch FROM v_base) <= 0 OR v_base <= interval '0' OR extract(epoch FROM v_cap) < extract(epoch FROM v_base)
       OR v_cap < v_base OR extract(epoch FROM v_cap) > 31622400 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'the backoff must be positive, its cap not below its base, and at most 366 days',
            DETAIL = format('base: %s, cap: %s', v_base, v_cap), HINT = 'Try ''1 second'' and ''1 hour''.';
    END IF;
    UPDATE domainflow.job_queue AS q
       SET max_attempts  = COALESCE(p_max_attempts, q.max_attempts),
           backoff_base  = v_base,
           backoff_cap   = v_cap,
           keep_finished = COALESCE(p_keep_finished, q.keep_finished),
           notify        = COALESCE(p_notify, q.notify)
     WHERE q.queue = p_queue;
    RETURN v_created;
END
$$;

COMMENT ON FUNCTION domainflow.create_queue IS
    'Creates a queue or changes its settings; true when it was created';
REVOKE ALL ON FUNCTION domainflow.create_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.create_queue TO domainflow_app;
