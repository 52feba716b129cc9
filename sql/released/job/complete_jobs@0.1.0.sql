-- Finishes jobs: element i of p_tokens is the token of element i of p_ids. Returns the ids the caller still held.
--
-- Rows are locked in the order of their ids, so that two calls about the same jobs cannot deadlock.
CREATE OR REPLACE FUNCTION domainflow.complete_jobs(p_queue text, p_ids bigint[], p_tokens bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_queue IS NULL OR p_ids IS NULL OR p_tokens IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, ids and tokens must not be null',
            DETAIL = format('queue: %L, ids: %L, tokens: %L', p_queue, p_ids, p_tokens), HINT = 'Pass what claim_jobs returned.';
    END IF;
    IF cardinality(p_ids) <> cardinality(p_tokens) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'ids and tokens must have the same length',
            DETAIL = format('ids: %s, tokens: %s', cardinality(p_ids), cardinality(p_tokens)), HINT = 'Pass one token per id.';
    END IF;

    PERFORM 1
       FROM domainflow.job AS j
      WHERE j.queue = p_queue
        AND j.id = ANY (p_ids)
      ORDER BY j.id
        FOR UPDATE;
    RETURN QUERY
    WITH finished AS (
        DELETE FROM domainflow.job AS j
         USING unnest(p_ids, p_tokens) AS n(id, token)
         WHERE j.queue = p_queue
           AND j.id = n.id
           AND j.token = n.token
           AND j.status = 'running'
        RETURNING j.*
    ), archived AS (
        INSERT INTO domainflow.job_archive (queue, id, kind, priority, attempt, payload, worker, created_at, correlation_id)
        SELECT f.queue, f.id, f.kind, f.priority, f.attempt, f.payload, f.worker, f.created_at, f.correlation_id
          FROM finished AS f
         WHERE f.keep
    )
    SELECT f.id FROM finished AS f ORDER BY f.id;
END
$$;

COMMENT ON FUNCTION domainflow.complete_jobs IS
    'Finishes jobs and returns the ids the caller still held';
REVOKE ALL ON FUNCTION domainflow.complete_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.complete_jobs TO domainflow_app;
