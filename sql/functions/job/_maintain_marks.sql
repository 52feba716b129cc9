-- Deletes marks and sweeps that newer ones have replaced, marks of kinds that have no jobs, second rows of a lane. Returns how many.
CREATE OR REPLACE FUNCTION domainflow._maintain_marks()
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
    v_marks  bigint;
    v_sweeps bigint;
    v_lanes  bigint;
BEGIN
    DELETE FROM domainflow.job_mark AS m
     WHERE m.ctid = ANY (ARRAY(
           SELECT o.ctid
             FROM domainflow.job_mark AS o
            WHERE EXISTS (SELECT FROM domainflow.job_mark AS n WHERE n.spot = o.spot AND n.n > o.n)
               OR (o.kind <> '' AND NOT EXISTS (
                   SELECT FROM domainflow.job AS j
                    WHERE j.queue = o.queue AND j.kind = o.kind AND j.priority = o.priority AND j.pos IS NOT NULL))
            LIMIT 10000
              FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_marks = ROW_COUNT;
    DELETE FROM domainflow.job_sweep AS s
     WHERE s.ctid = ANY (ARRAY(
           SELECT o.ctid
             FROM domainflow.job_sweep AS o
            WHERE EXISTS (SELECT FROM domainflow.job_sweep AS n WHERE n.spot = o.spot AND n.n > o.n)
            LIMIT 10000
              FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_sweeps = ROW_COUNT;
    -- The first row of a lane stays.
    DELETE FROM domainflow.job_lane AS l
     WHERE l.ctid = ANY (ARRAY(
           SELECT o.ctid
             FROM domainflow.job_lane AS o
            WHERE EXISTS (SELECT FROM domainflow.job_lane AS n
                           WHERE n.queue = o.queue AND n.priority = o.priority AND n.opened < o.opened)
            LIMIT 10000
              FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_lanes = ROW_COUNT;
    RETURN v_marks + v_sweeps + v_lanes;
END
$$;

COMMENT ON FUNCTION domainflow._maintain_marks IS
    'Deletes marks, sweeps and lanes that newer ones have replaced';
REVOKE ALL ON FUNCTION domainflow._maintain_marks FROM PUBLIC;
