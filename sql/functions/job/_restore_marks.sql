-- Makes the marks that a queue needs when they are lost: after a crash, a promotion or a restore.
--
-- A sweep looks for running jobs below the mark of their lane or of their kind. So each kind that has running jobs gets a mark at the
-- highest of them, right for claims too as soon as the same sweep lowers it to the oldest ready job. Reads the whole queue, once.
CREATE OR REPLACE FUNCTION domainflow._restore_marks(p_queue text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
    PERFORM domainflow._set_mark(p_queue, r.kind, r.priority, NULL, r.high, true)
       FROM (SELECT j.kind, j.priority, max(j.pos) AS high
               FROM domainflow.job AS j
              WHERE j.queue = p_queue
                AND j.pos IS NOT NULL
                AND j.status = 'running'
              GROUP BY j.kind, j.priority) AS r
      WHERE NOT EXISTS (
            SELECT FROM domainflow.job_mark AS m WHERE m.spot = domainflow._spot(p_queue, r.kind, r.priority));
END
$$;

COMMENT ON FUNCTION domainflow._restore_marks IS
    'Makes marks for the kinds that have running jobs when marks are lost';
REVOKE ALL ON FUNCTION domainflow._restore_marks FROM PUBLIC;
