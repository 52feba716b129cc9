-- Reports that an attempt failed: 'retry' (it will run again), 'dead' (it will not), or 'stale' (the caller had lost the job).
--
-- The n-th retry waits backoff_base x 2^(n-1), at most backoff_cap, of which between half and all: the random part keeps jobs that failed
-- together from coming back together. p_retry => false means that no further attempt can help.
CREATE OR REPLACE FUNCTION domainflow.fail_job(
    p_queue text,
    p_id    bigint,
    p_token bigint,
    p_error text,
    p_retry boolean DEFAULT true
)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now    timestamptz := clock_timestamp();
    v_share  double precision := 0.5 + random() / 2;
    v_base   double precision;
    v_cap    double precision;
    v_status domainflow.job_status;
BEGIN
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
           last_error  = COALESCE(p_error, 'failed without a message')
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
