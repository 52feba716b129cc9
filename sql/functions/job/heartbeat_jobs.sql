-- Extends the leases of jobs that a worker still holds, to p_lease from now. Returns the ids still held.
--
-- An id that is missing from the answer is lost (finished, rescued, claimed by another): its worker must stop working on it.
-- Above READ COMMITTED it fails with 40001 when a job was changed since the transaction's snapshot; try again with a new transaction.
-- Proof: Scenarios/job/queue/leases.spec, Scenarios/job/fencing.spec, Tests/SQL/job/lifecycle.sql
CREATE OR REPLACE FUNCTION domainflow.heartbeat_jobs(
    p_queue text,
    p_ids   bigint[],
    p_token bigint,
    p_lease interval DEFAULT '30 seconds'
)
RETURNS SETOF bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_now timestamptz;
BEGIN
    PERFORM domainflow._refuse_ids(p_queue, p_ids);
    IF p_token IS NULL OR p_lease IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'token and lease must not be null',
            DETAIL = format('token: %s, lease: %s', COALESCE(p_token::text, 'null'), COALESCE(p_lease::text, 'null')),
            HINT = 'Pass what claim_jobs returned.';
    END IF;
    v_now := clock_timestamp();
    -- The fields first: PostgreSQL cannot add an interval of 200,000 years to a time.
    IF p_lease <= interval '0' OR p_lease > interval '24 hours' OR date_part('year', p_lease) <> 0 OR abs(date_part('day', p_lease)) > 1000
       OR v_now + p_lease <= v_now OR v_now + p_lease > v_now + interval '24 hours' THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'a lease is positive, and up to a day',
            DETAIL = format('lease: %s', p_lease), HINT = 'Use release_jobs to give jobs back; extend a lease again before it ends.';
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
