-- Removes jobs that no worker holds (ready, waiting, parked, dead), and returns their ids.
--
-- Running ones stay: who processes them must ask whether the work is still wanted. Jobs that another
-- transaction has locked at this moment, to claim them for instance, stay too: waiting for them could deadlock.
CREATE OR REPLACE FUNCTION domainflow.cancel_jobs(p_queue text, p_ids bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH free AS MATERIALIZED (
        SELECT j.id
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.id = ANY (p_ids)
           AND j.status <> 'running'
         ORDER BY j.id
           FOR UPDATE SKIP LOCKED
    )
    DELETE FROM domainflow.job AS j
     USING free AS f
     WHERE j.queue = p_queue
       AND j.id = f.id
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.cancel_jobs IS
    'Removes jobs that no worker holds, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.cancel_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.cancel_jobs TO domainflow_app;
