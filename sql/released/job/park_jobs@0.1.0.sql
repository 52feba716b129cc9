-- Takes ready and waiting jobs out of reach of claims until unpark_jobs, and returns their ids. Running and dead ones are left alone,
-- and so are jobs that another transaction has locked at this moment, to claim them for instance: waiting for them could deadlock.
--
-- With p_token, running jobs of that token are parked too, without burning an attempt: a worker gives back what it must not process now.
CREATE OR REPLACE FUNCTION domainflow.park_jobs(p_queue text, p_ids bigint[], p_token bigint DEFAULT NULL)
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
           AND (j.status IN ('ready', 'waiting') OR (j.status = 'running' AND j.token = p_token))
         ORDER BY j.id
           FOR UPDATE SKIP LOCKED
    )
    UPDATE domainflow.job AS j
       SET status      = 'parked',
           attempt     = j.attempt - CASE j.status WHEN 'running' THEN 1 ELSE 0 END,
           pos         = NULL,
           run_at      = 'infinity',
           token       = NULL,
           lease_until = NULL,
           worker      = NULL
      FROM free AS f
     WHERE j.queue = p_queue
       AND j.id = f.id
    RETURNING j.id;
END
$$;

COMMENT ON FUNCTION domainflow.park_jobs IS
    'Takes jobs out of reach of claims until they are unparked, and returns their ids';
REVOKE ALL ON FUNCTION domainflow.park_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.park_jobs TO domainflow_app;
