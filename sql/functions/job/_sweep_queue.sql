-- Finds the jobs that claims do not see, when it is time to, and returns whether there may now be something to claim.
--
-- Each sweep lets due jobs into their lanes. Every second, or when a claim found nothing, a full one also takes back leases that ran out,
-- and puts each mark right: below the oldest ready job that it had passed (its enqueuer committed late, or its claim rolled back), and
-- past the dead entries of an exhausted lane.
--
-- Claims call it by time, whether they found jobs or not: 250 ms after the last sweep (50 ms after it when they found nothing). A claim
-- in a transaction that is 50 ms old waits for 750 ms, because what it promotes stays locked until that ends. Only times that have passed are
-- stored: a stored time that lies in the future was written before the clock was set back, and counts for nothing. Under a pinned xmin
-- horizon a full sweep walks every dead entry: the next one waits for 50 times as long as this one took, at most a minute.
-- That is counted from when all tables are locked, so a wait for somebody's lock is not taken for work.
--
-- Whoever sweeps has locked the row of the last sweep, and others pass by. When that takes longer than a second (a claim in a long
-- transaction has swept) they sweep all the same; sweeps beside each other do no harm.
CREATE OR REPLACE FUNCTION domainflow._sweep_queue(p_queue text, p_idle boolean, p_force boolean DEFAULT false)
RETURNS boolean
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
SET jit = off
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_overlap CONSTANT interval := interval '10 seconds';
    v_spot    bigint  := hashtextextended(p_queue, 0);
    -- Not merely another moment: with the extended protocol a statement begins after its own transaction.
    v_inside  boolean := statement_timestamp() - now() > interval '50 ms';
    v_limit   integer := CASE WHEN v_inside THEN 100 ELSE 1000 END;
    v_above   bigint;
    v_from    timestamptz;
    v_wait    interval;
    v_now     timestamptz;
    v_began   timestamptz;
    v_paused  boolean;
    v_last    domainflow.job_sweep;
    v_next    domainflow.job_sweep;
    v_full    boolean;
    v_due     tid[];
    v_lane    record;
    v_found   record;
    v_any     boolean := false;
BEGIN
    SELECT q.paused INTO v_paused FROM domainflow.job_queue AS q WHERE q.queue = p_queue;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Lanes that were opened while the queue was paused or let go. The queue is locked, too: paused or let go in between, it would have
    -- lanes that say the opposite.
    UPDATE domainflow.job_lane AS l
       SET paused = NOT l.paused
     WHERE l.ctid = ANY (ARRAY(
           SELECT o.ctid
             FROM domainflow.job_lane AS o
             JOIN domainflow.job_queue AS q ON q.queue = o.queue
            WHERE o.queue = p_queue AND o.paused <> q.paused
              FOR UPDATE OF o SKIP LOCKED
              FOR SHARE OF q SKIP LOCKED));
    IF v_paused AND NOT p_force THEN
        RETURN false;
    END IF;
    SELECT s.* INTO v_last FROM domainflow.job_sweep AS s WHERE s.spot = v_spot ORDER BY s.n DESC LIMIT 1;
    v_now := clock_timestamp();
    IF v_last.n IS NULL THEN
        -- Whatever was known is gone.
        PERFORM domainflow._check_sequences();
        PERFORM domainflow._restore_marks(p_queue);
        v_full := true;
    ELSE
        v_wait := CASE WHEN p_idle THEN interval '50 ms' WHEN v_inside THEN interval '750 ms' ELSE interval '250 ms' END;
        IF NOT (p_force OR v_last.more OR v_now < v_last.swept_at OR v_now >= v_last.swept_at + v_wait) THEN
            RETURN false;
        END IF;
        -- With nothing else to do, and more due jobs than one sweep takes, many hands help: each promotes others.
        IF v_now >= v_last.swept_at AND v_now < v_last.swept_at + interval '1 second' AND NOT p_force AND NOT (p_idle AND v_last.more) THEN
            PERFORM 1 FROM domainflow.job_sweep AS s WHERE s.spot = v_spot AND s.n = v_last.n FOR UPDATE SKIP LOCKED;
            IF NOT FOUND THEN
                RETURN false;
            END IF;
        END IF;
        v_full := p_force OR v_last.full_at IS NULL OR v_now < v_last.swept_at OR v_now < v_last.full_at
               OR v_now >= v_last.full_at + GREATEST(CASE WHEN p_idle THEN interval '50 ms' ELSE interval '1 second' END,
                                                     make_interval(secs => LEAST(60, 50 * v_last.full_cost)));
    END IF;
    LOCK TABLE domainflow.job IN ROW EXCLUSIVE MODE;
    v_now := clock_timestamp();
    v_next.more := false;

    -- Where the last sweep stopped; some time before, because somebody may have held a job or committed it late; from the start now and then.
    v_from := CASE WHEN v_full THEN '-infinity' WHEN v_last.more THEN v_last.due_low ELSE v_last.due_low - c_overlap END;

    v_due := ARRAY(
        SELECT j.ctid
          FROM domainflow.job AS j
         WHERE j.queue = p_queue
           AND j.pos IS NULL
           AND j.run_at <= v_now
           AND j.run_at >= v_from
         ORDER BY j.run_at
         LIMIT v_limit
           FOR UPDATE SKIP LOCKED);
    v_next.due_low := v_now;
    IF cardinality(v_due) > 0 THEN
        IF cardinality(v_due) >= v_limit THEN
            v_next.more := true;
            SELECT max(j.run_at) INTO v_next.due_low FROM domainflow.job AS j WHERE j.ctid = ANY (v_due);
        END IF;
        UPDATE domainflow.job AS j
           SET status = 'ready',
               pos    = d.pos
          FROM (SELECT n.row_id, nextval('domainflow.job_seq') AS pos
                  FROM unnest(v_due) WITH ORDINALITY AS n(row_id, number) ORDER BY n.number) AS d
         WHERE j.ctid = d.row_id;
        v_any := true;
    END IF;

    v_next.full_at := v_last.full_at;
    v_next.full_cost := COALESCE(v_last.full_cost, 0);
    v_next.head := COALESCE(v_last.head, 0);
    IF v_full THEN
        v_began := clock_timestamp();
        -- The last sweep left leases for this one: they stand above the mark that it has lowered.
        v_above := CASE WHEN v_last.n IS NOT NULL AND v_last.full_at IS NULL THEN 10000::bigint ELSE 300::bigint END;
        v_next.full_at := v_began;
        v_next.head := COALESCE(pg_sequence_last_value('domainflow.job_seq'), 0);
        FOR v_lane IN
            SELECT ''::text AS kind, l.priority, m.n, COALESCE(m.low, 0) AS low
              FROM (SELECT DISTINCT o.priority FROM domainflow.job_lane AS o WHERE o.queue = p_queue) AS l
              LEFT JOIN LATERAL (
                    SELECT k.n, k.low FROM domainflow.job_mark AS k
                     WHERE k.spot = domainflow._spot(p_queue, '', l.priority) AND k.queue = p_queue
                     ORDER BY k.n DESC LIMIT 1) AS m ON true
             UNION ALL
            (SELECT DISTINCT ON (k.kind, k.priority) k.kind, k.priority, k.n, k.low
               FROM domainflow.job_mark AS k
              WHERE k.queue = p_queue AND k.kind > ''
              ORDER BY k.kind, k.priority, k.n DESC)
        LOOP
            -- The window above the mark: running jobs that one claim took, and the next ready one.
            IF v_lane.kind = '' THEN
                SELECT min(w.pos) FILTER (WHERE w.status = 'ready') AS oldest,
                       array_agg(w.id ORDER BY w.pos) FILTER (WHERE w.status = 'running'
                                                 AND (w.lease_until < v_now OR w.lease_until > v_now + interval '25 hours')) AS expired
                  INTO v_found
                  FROM (SELECT j.id, j.pos, j.status, j.lease_until
                          FROM domainflow.job AS j
                         WHERE j.queue = p_queue AND j.priority = v_lane.priority AND j.pos <= v_lane.low
                         UNION ALL
                        (SELECT j.id, j.pos, j.status, j.lease_until
                           FROM domainflow.job AS j
                          WHERE j.queue = p_queue AND j.priority = v_lane.priority AND j.pos > v_lane.low
                          ORDER BY j.pos
                          LIMIT v_above)) AS w;
            ELSE
                SELECT min(w.pos) FILTER (WHERE w.status = 'ready') AS oldest,
                       array_agg(w.id ORDER BY w.pos) FILTER (WHERE w.status = 'running'
                                                 AND (w.lease_until < v_now OR w.lease_until > v_now + interval '25 hours')) AS expired
                  INTO v_found
                  FROM (SELECT j.id, j.pos, j.status, j.lease_until
                          FROM domainflow.job AS j
                         WHERE j.queue = p_queue AND j.kind = v_lane.kind AND j.priority = v_lane.priority AND j.pos <= v_lane.low
                         UNION ALL
                        (SELECT j.id, j.pos, j.status, j.lease_until
                           FROM domainflow.job AS j
                          WHERE j.queue = p_queue AND j.kind = v_lane.kind AND j.priority = v_lane.priority AND j.pos > v_lane.low
                          ORDER BY j.pos
                          LIMIT v_above)) AS w;
            END IF;
            IF v_found.expired IS NOT NULL THEN
                IF cardinality(v_found.expired) > v_limit THEN
                    v_found.expired := v_found.expired[1:v_limit];
                    v_next.more := true;
                    v_next.full_at := NULL;
                END IF;
                PERFORM domainflow._rescue_jobs(p_queue, v_found.expired);
                v_any := true;
                SELECT LEAST(v_found.oldest, min(j.pos)) AS oldest INTO v_found
                  FROM domainflow.job AS j
                 WHERE j.queue = p_queue
                   AND j.id = ANY (v_found.expired)
                   AND j.status = 'ready';
            END IF;
            IF v_found.oldest IS NULL AND v_lane.kind = '' THEN
                SELECT j.pos AS oldest INTO v_found
                  FROM domainflow.job AS j
                 WHERE j.queue = p_queue AND j.priority = v_lane.priority AND j.pos > v_lane.low AND j.status = 'ready'
                 ORDER BY j.pos
                 LIMIT 1;
            ELSIF v_found.oldest IS NULL THEN
                SELECT j.pos AS oldest INTO v_found
                  FROM domainflow.job AS j
                 WHERE j.queue = p_queue AND j.kind = v_lane.kind AND j.priority = v_lane.priority AND j.pos > v_lane.low
                   AND j.status = 'ready'
                 ORDER BY j.pos
                 LIMIT 1;
            END IF;
            IF v_found.oldest <= v_lane.low OR v_found.oldest > v_lane.low + 32 THEN
                v_any := v_any OR v_found.oldest <= v_lane.low;
                PERFORM domainflow._set_mark(p_queue, v_lane.kind, v_lane.priority, v_lane.n, v_found.oldest - 1, true);
            ELSIF v_found.oldest IS NULL AND v_last.head > v_lane.low + 256 THEN
                -- An exhausted lane: positions up to the previous sweep's had time to be committed, the newest may still appear.
                PERFORM domainflow._set_mark(p_queue, v_lane.kind, v_lane.priority, v_lane.n, v_last.head, true);
            END IF;
        END LOOP;
        -- Once slow may be the machine's fault: it counts for twice the time before at most.
        v_next.full_cost := LEAST(extract(epoch FROM clock_timestamp() - v_began), GREATEST(0.01, 2 * COALESCE(v_last.full_cost, 0)));
    END IF;

    INSERT INTO domainflow.job_sweep (spot, queue, n, swept_at, due_low, more, full_at, full_cost, head)
    VALUES (v_spot, p_queue, GREATEST(nextval('domainflow.job_mark_seq'), v_last.n + 1), clock_timestamp(), v_next.due_low, v_next.more,
            v_next.full_at, GREATEST(v_next.full_cost, 0), v_next.head);
    DELETE FROM domainflow.job_sweep AS s
     WHERE s.spot = v_spot
       AND s.n = ANY (ARRAY(
           SELECT o.n FROM domainflow.job_sweep AS o
            WHERE o.spot = v_spot AND o.n <= v_last.n AND o.n > v_last.n - 1000
              FOR UPDATE SKIP LOCKED));
    RETURN v_any;
END
$$;

COMMENT ON FUNCTION domainflow._sweep_queue IS
    'Promotes due jobs, takes expired leases back and puts marks right, when the last sweep is long enough ago';
REVOKE ALL ON FUNCTION domainflow._sweep_queue FROM PUBLIC;
