-- Extends the leases of jobs that a worker still holds, to p_lease from now. Returns the ids still held.
--
-- An id that is missing from the answer is lost (finished, rescued, claimed by another): its worker must stop working on it.
CREATE OR REPLACE FUNCTION domainflow.heartbeat_jobs(
    p_queue text,
    p_ids   bigint[],
    p_token bigint,
    p_lease interval DEFAULT '30 seconds'
)
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now timestamptz;
BEGIN
    IF p_queue IS NULL OR p_ids IS NULL OR p_token IS NULL OR p_lease IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, ids, token and lease must not be null',
            DETAIL = format('queue: %L, ids: %L, token: %L, lease: %L', p_queue, p_ids, p_token, p_lease),
            HINT = 'Pass what claim_jobs returned.';
    END IF;
    IF p_lease <= interval '0' THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'the lease must be positive',
            DETAIL = format('lease: %s', p_lease), HINT = 'Use release_jobs to give jobs back.';
    END IF;
    PERFORM 1
       FROM domainflow.job AS j
      WHERE j.queue = p_queue
        AND j.id = ANY (p_ids)
      ORDER BY j.id
        FOR UPDATE;
    v_now := clock_timestamp();
    RETURN QUERY
    UPDATE domainflow.job AS j
       SET lease_until = v_now + p_lease
     WHERE j.queue = p_queue
       AND j.id = ANY (p_ids)
       AND j.token = p_token
       AND j.status = 'running'
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.heartbeat_jobs IS
    'Extends the leases of the jobs a worker still holds, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.heartbeat_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.heartbeat_jobs TO domainflow_app;
