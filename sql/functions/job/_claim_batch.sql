-- Claims up to p_limit ready jobs of any kind: the part of claim_jobs for more than one.
CREATE OR REPLACE FUNCTION domainflow._claim_batch(p_queue text, p_worker text, p_limit integer, p_lease interval)
RETURNS SETOF domainflow.claimed_job
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH claimed AS MATERIALIZED (
        SELECT j.row_id, j.pos, l.priority, l.n, l.low
          FROM (SELECT lane.priority, mark.n, COALESCE(mark.low, 0) AS low
                  FROM (SELECT DISTINCT o.priority FROM domainflow.job_lane AS o
                         WHERE o.queue = p_queue AND NOT o.paused ORDER BY o.priority DESC) AS lane
                  LEFT JOIN LATERAL (
                        SELECT m.n, m.low FROM domainflow.job_mark AS m
                         WHERE m.spot = domainflow._spot(p_queue, '', lane.priority) AND m.queue = p_queue
                         ORDER BY m.n DESC LIMIT 1) AS mark ON true) AS l
         CROSS JOIN LATERAL (
                SELECT candidate.ctid AS row_id, candidate.pos
                  FROM domainflow.job AS candidate
                 WHERE candidate.queue = p_queue
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
               CASE WHEN max(c.pos - c.low) > 32
                    THEN (SELECT domainflow._move_marks(p_queue, array_agg(''::text), array_agg(o.priority), array_agg(o.n),
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

COMMENT ON FUNCTION domainflow._claim_batch IS
    'Claims several ready jobs for a worker';
REVOKE ALL ON FUNCTION domainflow._claim_batch FROM PUBLIC;
