-- Raises what is wrong with a job that is to be added. Returns when nothing is.
CREATE OR REPLACE FUNCTION domainflow._refuse_job(
    p_queue        text,
    p_kind         text,
    p_payload      jsonb,
    p_priority     integer,
    p_run_at       timestamptz,
    p_max_attempts integer,
    p_create       boolean
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_queue IS NULL OR p_kind IS NULL OR p_payload IS NULL OR p_priority IS NULL OR p_create IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, kind, payload, priority and create must not be null',
            DETAIL = format('queue: %s, kind: %s, payload: %s, priority: %s, create: %s',
                            COALESCE(domainflow._shown(p_queue), 'null'), COALESCE(domainflow._shown(p_kind), 'null'),
                            CASE WHEN p_payload IS NULL THEN 'null' ELSE 'given' END,
                            COALESCE(p_priority::text, 'null'), COALESCE(p_create::text, 'null')),
            HINT = 'Leave out an argument to get its default.';
    END IF;
    IF length(p_kind) NOT BETWEEN 1 AND 200 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'a kind has 1 to 200 characters',
            DETAIL = format('kind: %s characters, %s', length(p_kind), domainflow._shown(p_kind)),
            HINT = 'Name what the worker has to do, such as ''welcome_mail''; what it needs to know goes into the payload.';
    END IF;
    IF p_priority NOT BETWEEN -32768 AND 32767 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'a priority is between -32768 and 32767',
            DETAIL = format('priority: %s', p_priority), HINT = 'Use a few priorities only: every claim visits each one in use.';
    END IF;
    -- #> '{}' takes a value out of its storage: one that comes from a table may be compressed.
    IF pg_column_size(p_payload #> '{}') > 1048576 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'a payload has at most 1 MiB',
            DETAIL = format('payload: %s bytes', pg_column_size(p_payload #> '{}')),
            HINT = 'Keep large data in a table of your own, and put its key into the payload.';
    END IF;
    IF p_max_attempts NOT BETWEEN 1 AND 1000000 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'max_attempts is between 1 and 1000000',
            DETAIL = format('max_attempts: %s', p_max_attempts), HINT = 'Pass 1 for a job that is never retried.';
    END IF;
    IF NOT isfinite(p_run_at) OR p_run_at > clock_timestamp() + interval '100 years' THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'run_at is a time within the next 100 years, or one that has passed',
            DETAIL = format('run_at: %s', p_run_at), HINT = 'Leave it out for now; park_jobs holds a job back without a time.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_job IS
    'Raises what is wrong with a job that is to be added';
REVOKE ALL ON FUNCTION domainflow._refuse_job FROM PUBLIC;
