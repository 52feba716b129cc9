-- Reports that an attempt failed: 'retry' (it will run again), 'dead' (it will not), or 'stale' (the caller had lost the job).
--
-- The n-th retry waits backoff_base x 2^(n-1), at most backoff_cap, of which between half and all: the random part keeps jobs that failed
-- together from coming back together. p_retry => false means that no further attempt can help.
-- Of p_error the first 10000 characters are kept. Above READ COMMITTED it fails with 40001 when the job was changed since the
-- transaction's snapshot.
-- Proof: Scenarios/job/fencing.spec, Tests/SQL/job/lifecycle.sql
CREATE OR REPLACE FUNCTION domainflow.fail_job(
    p_queue text,
    p_id    bigint,
    p_token bigint,
    p_error text,
    p_retry boolean DEFAULT true
)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_now    timestamptz := clock_timestamp();
    v_share  double precision := 0.5 + random() / 2;
    v_base   double precision;
    v_cap    double precision;
    v_status domainflow.job_status;
BEGIN
    IF p_queue IS NULL OR p_id IS NULL OR p_token IS NULL OR p_retry IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, id, token and retry must not be null',
            DETAIL = format('queue: %s, id: %s, token: %s, retry: %s', COALESCE(domainflow._shown(p_queue), 'null'),
                            COALESCE(p_id::text, 'null'), COALESCE(p_token::text, 'null'), COALESCE(p_retry::text, 'null')),
            HINT = 'Pass what claim_jobs returned; leave out retry to try again.';
    END IF;
    SELECT extract(epoch FROM q.backoff_base)::double precision, extract(epoch FROM q.backoff_cap)::double precision
      INTO v_base, v_cap
      FROM domainflow.job_queue AS q
     WHERE q.queue = p_queue;
    UPDATE domainflow.job AS j
       SET status      = CASE WHEN p_retry AND j.attempt < j.max_attempts THEN 'waiting' ELSE 'dead' END::domainflow.job_status,
           pos         = NULL,
           run_at      = CASE WHEN p_retry AND j.attempt < j.max_attempts
                              THEN v_now + make_interval(secs => v_share * LEAST(v_cap, v_base * 2.0 ^ LEAST(j.attempt - 1, 60)))
                              ELSE 'infinity' END,
           token       = NULL,
           lease_until = NULL,
           worker      = NULL,
           last_error  = COALESCE(left(p_error, 10000), 'failed without a message')
     WHERE j.queue = p_queue
       AND j.id = p_id
       AND j.token = p_token
       AND j.status = 'running'
    RETURNING j.status INTO v_status;
    RETURN CASE v_status WHEN 'waiting' THEN 'retry' WHEN 'dead' THEN 'dead' ELSE 'stale' END;
END
$$;

COMMENT ON FUNCTION domainflow.fail_job IS
    'Reports a failed attempt: retry, dead or stale';
REVOKE ALL ON FUNCTION domainflow.fail_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.fail_job TO domainflow_app;
