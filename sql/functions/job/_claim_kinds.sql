-- Claims up to p_limit ready jobs of some kinds: the part of claim_jobs that looks by kind.
--
-- Each kind has its own index entries and its own marks in a lane, so it does not meet the jobs of other kinds. Within a priority the kind
-- with the oldest ready job comes first, and its jobs by age. DF202 for a null among the kinds.
CREATE OR REPLACE FUNCTION domainflow._claim_kinds(
    p_queue  text,
    p_worker text,
    p_limit  integer,
    p_lease  interval,
    p_kinds  text[]
)
RETURNS SETOF domainflow.claimed_job
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF num_nulls(VARIADIC p_kinds) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'DF202', MESSAGE = 'kinds must not contain nulls',
            DETAIL = format('kinds: %s', domainflow._shown(p_kinds::text)), HINT = 'Leave kinds out to claim jobs of any kind.';
    END IF;
    RETURN QUERY
    WITH lane AS MATERIALIZED (
        SELECT l.priority, k.kind, m.n, COALESCE(m.low, 0) AS low, h.head
          FROM (SELECT DISTINCT o.priority FROM domainflow.job_lane AS o WHERE o.queue = p_queue AND NOT o.paused) AS l
         CROSS JOIN (SELECT DISTINCT u.kind FROM unnest(p_kinds) AS u(kind)) AS k
          LEFT JOIN LATERAL (
                SELECT o.n, o.low FROM domainflow.job_mark AS o
                 WHERE o.spot = domainflow._spot(p_queue, k.kind, l.priority) AND o.queue = p_queue
                 ORDER BY o.n DESC LIMIT 1) AS m ON true
         CROSS JOIN LATERAL (
                SELECT j.pos AS head FROM domainflow.job AS j
                 WHERE j.queue = p_queue AND j.kind = k.kind AND j.priority = l.priority AND j.pos > COALESCE(m.low, 0)
                   AND j.status = 'ready'
                 ORDER BY j.pos LIMIT 1) AS h
    ), claimed AS MATERIALIZED (
        SELECT j.row_id, j.pos, l.kind, l.priority, l.n, l.low
          FROM (SELECT o.* FROM lane AS o ORDER BY o.priority DESC, o.head) AS l
         CROSS JOIN LATERAL (
                SELECT candidate.ctid AS row_id, candidate.pos
                  FROM domainflow.job AS candidate
                 WHERE candidate.queue = p_queue
                   AND candidate.kind = l.kind
                   AND candidate.priority = l.priority
                   AND candidate.pos > l.low
                   AND candidate.status = 'ready'
                 ORDER BY candidate.pos
                 LIMIT p_limit
                   FOR UPDATE SKIP LOCKED) AS j
         LIMIT p_limit
    ), ticket AS MATERIALIZED (
        SELECT domainflow._next_token() AS token,
               clock_timestamp() + p_lease AS lease_until,
               CASE WHEN max(c.pos - c.low) > 32 AND (bool_or(c.n IS NULL) OR count(*) > 8 OR hashint8(max(c.pos)) & 7 = 0)
                    THEN (SELECT domainflow._move_marks(p_queue, array_agg(o.kind), array_agg(o.priority), array_agg(o.n),
                                                        array_agg(o.low), array_agg(o.pos))
                            FROM claimed AS o)
               END AS moved,
               CASE WHEN COALESCE((
                        SELECT s.more OR s.swept_at > clock_timestamp() OR s.swept_at + interval '250 ms' <= clock_timestamp()
                          FROM domainflow.job_sweep AS s
                         WHERE s.spot = hashtextextended(p_queue, 0)
                         ORDER BY s.n DESC
                         LIMIT 1), true)
                    THEN domainflow._sweep_queue(p_queue, false)
               END AS swept
          FROM claimed AS c
        HAVING count(*) > 0
    )
    UPDATE domainflow.job AS j
       SET status      = 'running',
           attempt     = j.attempt + 1,
           token       = t.token,
           worker      = p_worker,
           lease_until = t.lease_until
      FROM ticket AS t, claimed AS c
     WHERE j.ctid = c.row_id
    RETURNING j.id, j.kind, j.payload, j.priority, j.attempt, j.max_attempts, j.token, j.lease_until,
              j.correlation_id, j.run_at, j.last_error;
END
$$;

COMMENT ON FUNCTION domainflow._claim_kinds IS
    'Claims ready jobs of some kinds for a worker';
REVOKE ALL ON FUNCTION domainflow._claim_kinds FROM PUBLIC;
