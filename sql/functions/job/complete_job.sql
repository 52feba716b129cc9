-- hot: job.claim
-- Finishes a job. True when the caller still held it; false when its token is stale, and then nothing changed.
--
-- A finished job is deleted, or moved to job_archive with p_result when its queue keeps finished jobs. DF204 when p_result has over 1 MiB.
-- Above READ COMMITTED it fails with 40001 when the job was changed since the transaction's snapshot.
-- Proof: Scenarios/job/fencing.spec, Tests/SQL/job/lifecycle.sql
CREATE OR REPLACE FUNCTION domainflow.complete_job(
    p_queue  text,
    p_id     bigint,
    p_token  bigint,
    p_result jsonb DEFAULT NULL
)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
BEGIN
    DELETE FROM domainflow.job AS j
     WHERE j.queue OPERATOR(pg_catalog.=) p_queue
       AND j.id OPERATOR(pg_catalog.=) p_id
       AND j.token OPERATOR(pg_catalog.=) p_token
       AND j.status OPERATOR(pg_catalog.=) 'running'
       AND NOT j.keep;
    IF FOUND THEN
        RETURN true;
    END IF;

    IF p_queue IS NULL OR p_id IS NULL OR p_token IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, id and token must not be null',
            DETAIL = pg_catalog.format('queue: %s, id: %s, token: %s', COALESCE(domainflow._shown(p_queue), 'null'),
                                       COALESCE(p_id::pg_catalog.text, 'null'), COALESCE(p_token::pg_catalog.text, 'null')),
            HINT = 'Pass what claim_jobs returned.';
    END IF;
    -- #> '{}' takes a value out of its storage: one that comes from a table may be compressed.
    IF pg_catalog.pg_column_size(p_result OPERATOR(pg_catalog.#>) '{}'::pg_catalog.text[]) OPERATOR(pg_catalog.>) 1048576 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF204', MESSAGE = 'a result has at most 1 MiB',
            DETAIL = pg_catalog.format('result: %s bytes',
                                       pg_catalog.pg_column_size(p_result OPERATOR(pg_catalog.#>) '{}'::pg_catalog.text[])),
            HINT = 'Keep large data in a table of your own, and put its key into the result.';
    END IF;
    WITH finished AS (
        DELETE FROM domainflow.job AS j
         WHERE j.queue OPERATOR(pg_catalog.=) p_queue
           AND j.id OPERATOR(pg_catalog.=) p_id
           AND j.token OPERATOR(pg_catalog.=) p_token
           AND j.status OPERATOR(pg_catalog.=) 'running'
        RETURNING j.*
    )
    INSERT INTO domainflow.job_archive (queue, id, kind, priority, attempt, payload, result, worker, created_at, correlation_id)
    SELECT f.queue, f.id, f.kind, f.priority, f.attempt, f.payload, p_result, f.worker, f.created_at, f.correlation_id
      FROM finished AS f;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION domainflow.complete_job IS
    'Finishes a job; false when the token is stale';
REVOKE ALL ON FUNCTION domainflow.complete_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.complete_job TO domainflow_app;
