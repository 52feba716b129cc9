-- Puts the sequences of ids, positions, tokens and marks ahead of what the tables hold, when they are behind.
--
-- They are behind on a subscriber that was promoted, because logical replication carries rows and no sequences. A million numbers are left
-- out: jobs that are finished and gone had numbers too. Two callers may do it at once: then a number may be drawn twice, and enqueue_job
-- draws again.
CREATE OR REPLACE FUNCTION domainflow._check_sequences()
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    c_margin CONSTANT bigint := 1048576::bigint;
    v_id    bigint;
    v_token bigint;
    v_mark  bigint;
    v_moved boolean := false;
BEGIN
    SELECT GREATEST(max(i.id), max(l.pos), max(l.opened), max(a.id)), max(l.token)
      INTO v_id, v_token
      FROM domainflow.job_queue AS q
      LEFT JOIN LATERAL (
            SELECT j.id FROM domainflow.job AS j WHERE j.queue = q.queue ORDER BY j.id DESC LIMIT 1) AS i ON true
      LEFT JOIN LATERAL (
            SELECT f.id FROM domainflow.job_archive AS f WHERE f.queue = q.queue ORDER BY f.id DESC LIMIT 1) AS a ON true
      LEFT JOIN LATERAL (
            SELECT n.opened, p.pos, t.token
              FROM domainflow.job_lane AS n
              LEFT JOIN LATERAL (
                    SELECT j.pos FROM domainflow.job AS j
                     WHERE j.queue = q.queue AND j.priority = n.priority AND j.pos IS NOT NULL
                     ORDER BY j.pos DESC LIMIT 1) AS p ON true
              LEFT JOIN LATERAL (
                    -- Running jobs stand at the beginning of their lane.
                    SELECT max(h.token) AS token
                      FROM (SELECT j.token FROM domainflow.job AS j
                             WHERE j.queue = q.queue AND j.priority = n.priority AND j.pos IS NOT NULL
                             ORDER BY j.pos LIMIT 1000) AS h) AS t ON true
             WHERE n.queue = q.queue) AS l ON true;
    SELECT GREATEST(max(m.n), (SELECT max(s.n) FROM domainflow.job_sweep AS s)) INTO v_mark FROM domainflow.job_mark AS m;
    IF v_id > COALESCE(pg_sequence_last_value('domainflow.job_seq'), 0) THEN
        v_moved := true;
        SELECT GREATEST(v_token, max(j.token)) INTO v_token FROM domainflow.job AS j;
        PERFORM setval('domainflow.job_seq', v_id + c_margin);
    END IF;
    v_token := v_token & 35184372088831;
    IF v_token > COALESCE(pg_sequence_last_value('domainflow.job_token_seq'), 0) THEN
        v_moved := true;
        PERFORM setval('domainflow.job_token_seq', v_token + c_margin);
    END IF;
    IF v_mark > COALESCE(pg_sequence_last_value('domainflow.job_mark_seq'), 0) THEN
        v_moved := true;
        PERFORM setval('domainflow.job_mark_seq', v_mark + c_margin);
    END IF;
    RETURN v_moved;
END
$$;

COMMENT ON FUNCTION domainflow._check_sequences IS
    'Moves sequences of the queue that are behind their tables; true when one was';
REVOKE ALL ON FUNCTION domainflow._check_sequences FROM PUBLIC;
