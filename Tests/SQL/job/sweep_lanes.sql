-- The full sweep, lane by lane and kind by kind: where marks come to stand, which leases it takes back, and how far it looks.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(43);
SELECT domainflow.create_queue('t', p_max_attempts => 2), domainflow.create_queue('u');
SELECT domainflow.enqueue_job(q, 'k', '{}', p) FROM (VALUES ('t', 0), ('t', 9), ('u', 0), ('u', 5)) AS v (q, p);
SELECT pg_sleep(0.06); -- a sweep inside a transaction that is older than 50 ms takes 100 jobs
-- Jobs at these places: ready, or running with so much of their lease left.
CREATE FUNCTION pg_temp.jobs(p_queue text, p_kind text, p_priority int, p_lease interval, VARIADIC p_pos bigint[]) RETURNS void LANGUAGE sql AS $$
INSERT INTO domainflow.job (queue, id, pos, status, run_at, created_at, priority, kind, payload, attempt, max_attempts, keep, lease_until, worker, token)
SELECT p_queue, nextval('domainflow.job_seq'), pos, CASE WHEN p_lease IS NULL THEN 'ready' ELSE 'running' END::domainflow.job_status, now(), now(), p_priority, p_kind, '{}', 1, 2, false,
       clock_timestamp() + p_lease, 'w', 1 FROM unnest(p_pos) AS pos $$;
CREATE FUNCTION pg_temp.mark(p_number bigint, p_low bigint, p_kind text DEFAULT '', p_priority int DEFAULT 0, p_queue text DEFAULT 't', p_spot text DEFAULT 't') RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job_mark (spot, n, low, queue, kind, priority) VALUES (domainflow._spot(p_spot, p_kind, p_priority::smallint), p_number, p_low, p_queue, p_kind, p_priority)$$;
CREATE FUNCTION pg_temp.clean(p_head bigint DEFAULT 0) RETURNS void LANGUAGE sql AS $$
DELETE FROM domainflow.job; DELETE FROM domainflow.job_mark; DELETE FROM domainflow.job_sweep;
INSERT INTO domainflow.job_sweep VALUES (hashtextextended('t', 0), 1, 't', clock_timestamp() - interval '1 hour', clock_timestamp(), false, clock_timestamp() - interval '1 hour', 0, p_head);
SELECT setval('domainflow.job_mark_seq', GREATEST(nextval('domainflow.job_mark_seq'), 1000)) $$;
CREATE FUNCTION pg_temp.low(p_kind text DEFAULT '') RETURNS bigint LANGUAGE sql AS
$$SELECT low FROM domainflow.job_mark WHERE queue = 't' AND kind = p_kind AND priority = 0 ORDER BY n DESC LIMIT 1$$;

-- The mark of the lane, or that of a kind in it, stands at 1000. Around it are jobs of another queue, lane and kind, and jobs that run. As many as the
-- sweep looks at from the beginning of the lane are of the other kind, so that what it finds of the kind it finds by the kind's mark.
CREATE FUNCTION pg_temp.place(p_kind text, p_head bigint) RETURNS void LANGUAGE sql AS $$
SELECT pg_temp.clean(p_head);
SELECT pg_temp.mark(1, 1000, p_kind), pg_temp.jobs('u', 'a', 0, NULL, 997, 1040), pg_temp.jobs('t', 'a', 9, NULL, 998, 1041), pg_temp.jobs('t', 'a', 0, '1 minute', 995, 1043);
SELECT pg_temp.jobs('t', 'b', 0, NULL, 999, 1042), pg_temp.jobs('t', 'b', 0, '1 minute', VARIADIC (SELECT array_agg(i) FROM generate_series(1, 300) AS i)) WHERE p_kind <> '' $$;
CREATE FUNCTION pg_temp.after(p_kind text, p_head bigint, VARIADIC p_ready bigint[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_any boolean;
BEGIN
    PERFORM pg_temp.place(p_kind, p_head);
    PERFORM pg_temp.jobs('t', 'a', 0, NULL, VARIADIC p_ready);
    v_any := domainflow._sweep_queue('t', true);
    RETURN concat_ws(' ', pg_temp.low(p_kind), v_any);
END $$;
SELECT is(pg_temp.after(kind, head, VARIADIC ready), after, format('mark of %s: ready %s, all drawn up to %s', CASE kind WHEN '' THEN 'the lane' ELSE 'a kind' END, ready, head))
  FROM unnest(ARRAY['', 'a']) AS kind,
       (VALUES (0, ARRAY[]::bigint[], '1000 f'), (1256, '{}', '1000 f'), (1257, '{}', '1257 f'), (0, '{900,1100}', '899 t'), (0, '{999}', '998 t'), (0, '{1000}', '999 t'),
               (5000, '{1001}', '1000 f'), (0, '{1032}', '1000 f'), (0, '{1033}', '1032 f'), (5000, '{1100,1200}', '1099 f')) AS v (head, ready, after);

-- Leases: those that have run out, or end further away than any can.
CREATE FUNCTION pg_temp.rescued(p_kind text, p_lease interval, p_running bigint[], p_ready bigint[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_any boolean;
BEGIN
    PERFORM pg_temp.place(p_kind, 0), pg_temp.jobs('t', 'a', 0, p_lease, VARIADIC p_running), pg_temp.jobs('t', 'a', 0, NULL, VARIADIC p_ready);
    v_any := domainflow._sweep_queue('t', true);
    RETURN concat_ws(' ', (SELECT string_agg(pos::text, ' ' ORDER BY pos) FROM domainflow.job WHERE last_error IS NOT NULL), 'mark', pg_temp.low(p_kind), v_any);
END $$;
SELECT is(pg_temp.rescued(kind, lease, running, ready), after, format('mark of %s: %s left of %s, ready %s', CASE kind WHEN '' THEN 'the lane' ELSE 'a kind' END, lease, running, ready))
  FROM unnest(ARRAY['', 'a']) AS kind,
       (VALUES (interval '-1 s', ARRAY[950, 1050]::bigint[], ARRAY[]::bigint[], '950 1050 mark 949 t'), ('26 hours', '{950,1050}', '{}', '950 1050 mark 949 t'), ('24 hours', '{950,1050}', '{}', 'mark 1000 f'),
               ('-1 s', '{1050}', '{}', '1050 mark 1049 t'), ('-1 s', '{1000}', '{940}', '1000 mark 939 t'), ('-1 s', '{950}', '{1100}', '950 mark 949 t')) AS v (lease, running, ready, after);

-- How far it looks: at all below the mark, at the next 300 above it, then for one that is ready.
CREATE FUNCTION pg_temp.far(p_kind text, p_from int, p_count int, p_lease interval, p_pos bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.place(p_kind, 9000), pg_temp.jobs('t', 'a', 0, '1 minute', VARIADIC (SELECT array_agg(p_from + i) FROM generate_series(1, p_count) AS i));
    PERFORM pg_temp.jobs('t', 'a', 0, p_lease, p_pos);
    PERFORM domainflow._sweep_queue('t', true);
    RETURN concat((SELECT status FROM domainflow.job WHERE pos = p_pos), ' ', pg_temp.low(p_kind));
END $$;
SELECT t.line
  FROM unnest(ARRAY['', 'a']) AS kind,
       unnest(ARRAY[is(pg_temp.far(kind, 500, 300, '-1 s', 1001), 'ready 1000', kind || ': past any number of jobs below the mark'),
                    is(pg_temp.far(kind, 1050, 310, NULL, 1400), 'ready 1399', kind || ': a ready job beyond the window')]) AS t (line);

-- More leases than one sweep takes back: the oldest hundred, and the next sweep goes on.
CREATE FUNCTION pg_temp.burst(p_kind text, p_count int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.place(p_kind, 0), pg_temp.jobs('t', 'a', 0, '-1 s', VARIADIC (SELECT array_agg(500 + i ORDER BY i DESC) FROM generate_series(1, p_count) AS i));
    PERFORM domainflow._sweep_queue('t', true);
    RETURN (SELECT concat_ws(' ', s.more, s.full_at IS NULL, (SELECT string_agg(pos::text, ' ' ORDER BY pos) FROM domainflow.job WHERE lease_until < clock_timestamp())) FROM domainflow.job_sweep AS s);
END $$;
SELECT t.line
  FROM unnest(ARRAY['', 'a']) AS kind,
       unnest(ARRAY[is(pg_temp.burst(kind, 100), 'f f', 'a hundred leases, ' || kind),
                    is(pg_temp.burst(kind, 102), 't t 601 602', 'two more are left for the next sweep')]) AS t (line);
SELECT domainflow._sweep_queue('t', false);
SELECT is((SELECT count(*) FROM domainflow.job WHERE lease_until < clock_timestamp()), 0::bigint, 'which goes on at once');

-- Which marks count: the newest of each lane and kind of this queue; each has one afterwards.
SELECT pg_temp.clean(5000), pg_temp.mark(1, 2000), pg_temp.mark(2, 1000), pg_temp.mark(8, 9000, '', 9), pg_temp.mark(9, 9000, '', 0, 'u'), pg_temp.mark(3, 9000, 'a'), pg_temp.mark(4, 1000, 'a'),
       pg_temp.mark(5, 1000, 'b'), pg_temp.mark(6, 9000, 'b'), pg_temp.mark(7, 1000, 'z', 0, 'u', 'u');
SELECT ok(NOT domainflow._sweep_queue('t', true), 'nothing is found');
SELECT is((SELECT string_agg(concat(queue, priority, kind, ' ', CASE WHEN n > 999 THEN '*' ELSE n::text END, ':', low), ', ' ORDER BY queue, priority, kind, n) FROM domainflow.job_mark),
          't0 *:5000, t0a *:5000, t0b 5:1000, t0b 6:9000, t9 8:9000, u0 9:9000, u0z 7:1000', 'marks of exhausted lanes move up');
SELECT * FROM finish();
ROLLBACK;
