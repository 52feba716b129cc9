-- Puts parked jobs at the end of their lanes, in the order of their ids, and returns these ids. Others are left alone.
CREATE OR REPLACE FUNCTION domainflow.unpark_jobs(p_queue text, p_ids bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH parked AS MATERIALIZED (
        SELECT p.id, nextval('domainflow.job_seq') AS pos
          FROM (SELECT j.id
                  FROM domainflow.job AS j
                 WHERE j.queue = p_queue
                   AND j.id = ANY (p_ids)
                   AND j.status = 'parked'
                 ORDER BY j.id
                   FOR UPDATE) AS p
    )
    UPDATE domainflow.job AS j
       SET status = 'ready',
           pos    = p.pos,
           run_at = j.created_at
      FROM parked AS p
     WHERE j.queue = p_queue
       AND j.id = p.id
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.unpark_jobs IS
    'Lets parked jobs be claimed again, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.unpark_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.unpark_jobs TO domainflow_app;
