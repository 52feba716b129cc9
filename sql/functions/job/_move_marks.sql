-- Moves the marks of lanes up to the jobs that a claim found far above them: element i of the arrays belongs to claimed job i.
--
-- Some places are left between mark and job, so that enqueuers that commit slightly out of order are still seen.
CREATE OR REPLACE FUNCTION domainflow._move_marks(
    p_queue      text,
    p_kinds      text[],
    p_priorities smallint[],
    p_before     bigint[],
    p_lows       bigint[],
    p_positions  bigint[]
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_ahead CONSTANT bigint := 32::bigint;
    c_must  CONSTANT bigint := 256::bigint;
    c_slack CONSTANT bigint := 16::bigint;
    v_lane  record;
BEGIN
    IF cardinality(p_positions) = 1 THEN
        PERFORM domainflow._set_mark(p_queue, p_kinds[1], p_priorities[1], p_before[1], p_positions[1] - c_slack,
                                     p_positions[1] - p_lows[1] > c_must);
        RETURN;
    END IF;
    FOR v_lane IN
        SELECT n.kind, n.priority, min(n.before) AS before, min(n.low) AS low, min(n.pos) AS pos
          FROM unnest(p_kinds, p_priorities, p_before, p_lows, p_positions) AS n(kind, priority, before, low, pos)
         GROUP BY n.kind, n.priority
        HAVING min(n.pos) - min(n.low) > c_ahead
    LOOP
        PERFORM domainflow._set_mark(p_queue, v_lane.kind, v_lane.priority, v_lane.before, v_lane.pos - c_slack,
                                     v_lane.pos - v_lane.low > c_must);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._move_marks IS
    'Moves low-water marks up behind the jobs that a claim found';
REVOKE ALL ON FUNCTION domainflow._move_marks FROM PUBLIC;
