-- Gives claimed jobs back unworked, without burning an attempt, and returns the ids that the caller still held.
--
-- They keep their places in their lanes, whose marks move back below them.
-- Above READ COMMITTED it fails with 40001 when one of the jobs was changed since the transaction's snapshot.
-- Proof: Scenarios/job/fencing.spec, Tests/SQL/job/lifecycle.sql
CREATE OR REPLACE FUNCTION domainflow.release_jobs(p_queue text, p_ids bigint[], p_token bigint)
RETURNS SETOF bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_ids bigint[];
BEGIN
    PERFORM domainflow._refuse_ids(p_queue, p_ids);
    IF p_token IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'token must not be null', DETAIL = 'token: null',
            HINT = 'Pass the token that claim_jobs returned.';
    END IF;
    PERFORM 1
       FROM domainflow.job AS j
      WHERE j.queue = p_queue
        AND j.id = ANY (p_ids)
      ORDER BY j.id
        FOR UPDATE;
    WITH released AS (
        UPDATE domainflow.job AS j
           SET status      = 'ready',
               attempt     = j.attempt - 1,
               token       = NULL,
               lease_until = NULL,
               worker      = NULL
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
           AND j.token = p_token
           AND j.status = 'running'
        RETURNING j.id
    )
    SELECT array_agg(r.id ORDER BY r.id) INTO v_ids FROM released AS r;
    PERFORM domainflow._lower_marks(p_queue, v_ids);
    RETURN QUERY SELECT unnest(v_ids);
END
$$;

COMMENT ON FUNCTION domainflow.release_jobs IS
    'Gives claimed jobs back without burning an attempt, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.release_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.release_jobs TO domainflow_app;
