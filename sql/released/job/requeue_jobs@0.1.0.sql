-- Lets dead jobs run again with their attempts counted from zero, and returns their ids. Others are left alone.
CREATE OR REPLACE FUNCTION domainflow.requeue_jobs(p_queue text, p_ids bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH dead AS MATERIALIZED (
        SELECT d.id, nextval('domainflow.job_seq') AS pos
          FROM (SELECT j.id
                  FROM domainflow.job AS j
                 WHERE j.queue = p_queue
                   AND j.id = ANY (p_ids)
                   AND j.status = 'dead'
                 ORDER BY j.id
                   FOR UPDATE) AS d
    )
    UPDATE domainflow.job AS j
       SET status  = 'ready',
           attempt = 0,
           pos     = d.pos,
           run_at  = j.created_at
      FROM dead AS d
     WHERE j.queue = p_queue
       AND j.id = d.id
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.requeue_jobs IS
    'Lets dead jobs run again, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.requeue_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.requeue_jobs TO domainflow_app;
