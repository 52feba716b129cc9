-- Gives claimed jobs back unworked, without burning an attempt, and returns the ids that the caller still held.
--
-- They keep their places in their lanes, whose marks move back below them.
CREATE OR REPLACE FUNCTION domainflow.release_jobs(p_queue text, p_ids bigint[], p_token bigint)
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_ids bigint[];
BEGIN
    WITH held AS MATERIALIZED (
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
         ORDER BY j.id
           FOR UPDATE
    ), released AS (
        UPDATE domainflow.job AS j
           SET status      = 'ready',
               attempt     = j.attempt - 1,
               token       = NULL,
               lease_until = NULL,
               worker      = NULL
          FROM held AS h
         WHERE j.queue = p_queue
           AND j.id = h.id
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
