-- Finishes a job. True when the caller still held it; false when its token is stale, and then nothing changed.
--
-- A finished job is deleted, or moved to job_archive with p_result when its queue keeps finished jobs.
CREATE OR REPLACE FUNCTION domainflow.complete_job(
    p_queue  text,
    p_id     bigint,
    p_token  bigint,
    p_result jsonb DEFAULT NULL
)
RETURNS boolean
LANGUAGE plpgsql
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
