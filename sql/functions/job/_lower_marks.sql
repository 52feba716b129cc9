-- Moves the marks of the lanes and kinds in which these jobs stand ready below them, so that the next claim sees them.
CREATE OR REPLACE FUNCTION domainflow._lower_marks(p_queue text, p_ids bigint[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_lane record;
BEGIN
    FOR v_lane IN
        SELECT r.kind, r.priority, r.oldest, m.n
          FROM (SELECT COALESCE(j.kind, '') AS kind, j.priority, min(j.pos) AS oldest
                  FROM domainflow.job AS j
                 WHERE j.queue = p_queue
                   AND j.id = ANY (p_ids)
                   AND j.status = 'ready'
                 GROUP BY GROUPING SETS ((j.priority), (j.priority, j.kind))) AS r
         CROSS JOIN LATERAL (
                SELECT o.n, o.low FROM domainflow.job_mark AS o
                 WHERE o.spot = domainflow._spot(p_queue, r.kind, r.priority) AND o.queue = p_queue
                 ORDER BY o.n DESC LIMIT 1) AS m
         WHERE r.oldest <= m.low
    LOOP
        PERFORM domainflow._set_mark(p_queue, v_lane.kind, v_lane.priority, v_lane.n, v_lane.oldest - 1, true);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._lower_marks IS
    'Moves marks below ready jobs that stand below them';
REVOKE ALL ON FUNCTION domainflow._lower_marks FROM PUBLIC;
