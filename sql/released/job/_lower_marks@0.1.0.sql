-- Moves the marks of the lanes in which these jobs stand ready below them, so that the next claim sees them.
CREATE OR REPLACE FUNCTION domainflow._lower_marks(p_queue text, p_ids bigint[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM setval(l.mark, r.oldest - 1)
       FROM (SELECT j.priority, min(j.pos) AS oldest
               FROM domainflow.job AS j
              WHERE j.queue = p_queue
                AND j.id = ANY (p_ids)
                AND j.status = 'ready'
              GROUP BY j.priority) AS r
       JOIN domainflow.job_lane AS l ON l.queue = p_queue AND l.priority = r.priority
      WHERE r.oldest <= pg_sequence_last_value(l.mark);
END
$$;

COMMENT ON FUNCTION domainflow._lower_marks IS
    'Moves marks below ready jobs that stand below them';
REVOKE ALL ON FUNCTION domainflow._lower_marks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._lower_marks TO domainflow_app;
