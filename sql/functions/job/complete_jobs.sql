-- Finishes jobs: element i of p_tokens is the token of element i of p_ids. Returns the ids the caller still held.
--
-- Rows are locked in the order of their ids, so that two calls about the same jobs cannot deadlock. At most 500000 at once (DF204).
-- Above READ COMMITTED it fails with 40001 when one of the jobs was changed since the transaction's snapshot.
-- Proof: Scenarios/job/queue/kept.spec, Scenarios/job/fencing.spec, Tests/SQL/job/batch.sql
CREATE OR REPLACE FUNCTION domainflow.complete_jobs(p_queue text, p_ids bigint[], p_tokens bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
    IF p_queue IS NULL OR p_ids IS NULL OR p_tokens IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'queue, ids and tokens must not be null',
            DETAIL = format('queue: %s, ids: %s, tokens: %s', COALESCE(domainflow._shown(p_queue), 'null'),
                            COALESCE(cardinality(p_ids)::text, 'null'), COALESCE(cardinality(p_tokens)::text, 'null')),
            HINT = 'Pass what claim_jobs returned.';
    END IF;
    IF cardinality(p_ids) <> cardinality(p_tokens) THEN
        RAISE EXCEPTION USING ERRCODE = 'DF201', MESSAGE = 'ids and tokens must have the same length',
            DETAIL = format('ids: %s, tokens: %s', cardinality(p_ids), cardinality(p_tokens)), HINT = 'Pass one token per id.';
    END IF;
    PERFORM domainflow._refuse_ids(p_queue, p_ids);

    PERFORM 1
       FROM domainflow.job AS j
      WHERE j.queue = p_queue
        AND j.id = ANY (p_ids)
      ORDER BY j.id
        FOR UPDATE;
    RETURN QUERY
    WITH finished AS (
        DELETE FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
           AND j.status = 'running'
           -- In a CASE it is a hashed subplan, whatever the statistics say.
           AND CASE WHEN (j.id, j.token) IN (SELECT n.id, n.token FROM unnest(p_ids, p_tokens) AS n(id, token)) THEN true ELSE false END
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
