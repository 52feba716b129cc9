-- Marks: how one is set, moved, lowered, restored and cleared away.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(24);
SELECT domainflow.create_queue('t'), domainflow.create_queue('u');
CREATE FUNCTION pg_temp.job(p_queue text, p_kind text, p_priority int, p_pos bigint, p_status domainflow.job_status DEFAULT 'ready') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_id bigint := domainflow.enqueue_job(p_queue, p_kind, '{}', p_priority);
BEGIN UPDATE domainflow.job SET pos = p_pos, status = p_status WHERE queue = p_queue AND id = v_id; RETURN v_id; END $$;
-- The mark of a lane; p_queue is whose it claims to be.
CREATE FUNCTION pg_temp.mark(p_number bigint, p_low bigint, p_kind text DEFAULT '', p_priority int DEFAULT 0, p_queue text DEFAULT 't') RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job_mark (spot, n, low, queue, kind, priority) VALUES (domainflow._spot('t', p_kind, p_priority::smallint), p_number, p_low, p_queue, p_kind, p_priority)$$;
-- All marks, oldest first: those that the test numbered by their number, new ones as *.
CREATE FUNCTION pg_temp.marks() RETURNS text LANGUAGE sql AS
$$SELECT string_agg(concat(queue, priority, kind, ' ', CASE WHEN n < 500 THEN n::text ELSE '*' END, ':', low), ', ' ORDER BY queue, priority, kind, n) FROM domainflow.job_mark$$;
CREATE FUNCTION pg_temp.clean() RETURNS void LANGUAGE sql AS $$DELETE FROM domainflow.job; DELETE FROM domainflow.job_mark; DELETE FROM domainflow.job_sweep$$;
SELECT setval('domainflow.job_mark_seq', GREATEST(nextval('domainflow.job_mark_seq'), 1000));

-- _set_mark(): replaces the mark before, and up to 63 numbers below it what others could not delete.
SELECT pg_temp.clean();
SELECT pg_temp.mark(n, n) FROM unnest(ARRAY[136, 137, 199, 200, 201]) AS n;
SELECT pg_temp.mark(199, 0, '', 9), pg_temp.mark(200, 0, '', 9), pg_temp.mark(150, 0, '', 9);
SELECT ok(domainflow._set_mark('t', '', 0::smallint, 200, 7, false), 'a mark is set');
SELECT is(pg_temp.marks(), 't0 136:136, t0 201:201, t0 *:7, t9 150:0, t9 199:0, t9 200:0', 'in the place of the one before and of those right below it');
SELECT is((SELECT count(*) FROM domainflow.job_mark WHERE priority = 9 AND xmax::text <> '0'), 0::bigint, 'marks of other lanes are not even locked');
SELECT ok(NOT domainflow._set_mark('t', '', 0::smallint, 150, 8, false), 'the mark before is gone: somebody else has moved it');
SELECT ok(domainflow._set_mark('t', '', 0::smallint, 150, 8, true), 'unless it must be set');
SELECT is(pg_temp.marks(), 't0 201:201, t0 *:7, t0 *:8, t9 150:0, t9 199:0, t9 200:0', 'then there is one more');
SELECT ok(domainflow._set_mark('t', '', 5::smallint, NULL, 9, false), 'the first mark of a lane');
SELECT nextval('domainflow.job_mark_seq') + 1000000 AS ahead \gset
SELECT pg_temp.clean(), pg_temp.mark(:ahead, 1);
SELECT domainflow._set_mark('t', '', 0::smallint, :ahead, 2, true);
SELECT results_eq('SELECT n, low FROM domainflow.job_mark', format('VALUES (%s::bigint, 2::bigint)', :ahead + 1), 'a sequence that is behind makes no number below the one before');

-- _move_marks(): up to 16 places below the first job, where that is over 32 places above the mark; over 256 whatever others do.
SELECT pg_temp.clean(), pg_temp.mark(1, 100), pg_temp.mark(2, 100, 'a', 3), pg_temp.mark(3, 100, '', 9);
SELECT domainflow._move_marks('t', ARRAY['', 'a', '', 'a', ''], ARRAY[0, 3, 9, 3, 9]::smallint[], ARRAY[1, 2, 3, 2, 3], ARRAY[100, 100, 100, 100, 100], ARRAY[133, 160, 132, 150, 190]);
SELECT is(pg_temp.marks(), 't0 *:117, t3a *:134, t9 3:100', 'the lanes whose first job is far above the mark');
SELECT pg_temp.clean();
SELECT domainflow._move_marks('t', ARRAY['']::text[], ARRAY[0]::smallint[], ARRAY[77], ARRAY[100], ARRAY[356]),
       domainflow._move_marks('t', ARRAY['a', 'b'], ARRAY[0, 0]::smallint[], ARRAY[77, 77], ARRAY[100, 100], ARRAY[356, 357]);
SELECT is(pg_temp.marks(), 't0b *:341', 'marks that others have moved already, only from 257 places on');
SELECT domainflow._move_marks('t', ARRAY['']::text[], ARRAY[0]::smallint[], ARRAY[77], ARRAY[100], ARRAY[357]);
SELECT is(pg_temp.marks(), 't0 *:341, t0b *:341', 'for one job, too');

-- _lower_marks(): the newest mark of the lane or kind, where it stands at the oldest of the given ready jobs or above.
CREATE FUNCTION pg_temp.lowered(p_queue text, VARIADIC p_ids bigint[]) RETURNS text LANGUAGE sql AS
$$SELECT domainflow._lower_marks(p_queue, p_ids); SELECT pg_temp.marks()$$;
SELECT pg_temp.clean(), pg_temp.job('t', 'a', 0, 50) AS below, pg_temp.job('t', 'a', 0, 100) AS at, pg_temp.job('t', 'a', 0, 101) AS above, pg_temp.job('t', 'a', 0, 60, 'running') AS busy,
       pg_temp.job('u', 'a', 0, 40) AS other \gset
SELECT pg_temp.mark(1, 20), pg_temp.mark(2, 100), pg_temp.mark(3, 20, '', 9), pg_temp.mark(4, 30, 'a'), pg_temp.mark(5, 20, '', 0, 'u');
SELECT is(pg_temp.lowered(queue, ids[1], ids[2]), 't0 1:20, t0 2:100, t0a 4:30, t9 3:20, u0 5:20', name)
  FROM (VALUES ('t', ARRAY[:above, 0], 'a job above the mark'), ('t', ARRAY[:busy, :above], 'a job that runs'), ('t', ARRAY[:other, 0], 'a job of another queue')) AS v (queue, ids, name);
SELECT is(pg_temp.lowered('t', :at, :above), 't0 *:99, t0a 4:30, t9 3:20, u0 5:20', 'a job at the mark');
SELECT is(pg_temp.lowered('t', :at, :below), 't0 *:49, t0a 4:30, t9 3:20, u0 5:20', 'one below it');
SELECT pg_temp.clean(), pg_temp.job('t', 'a', 0, 60) AS job, pg_temp.mark(1, 100), pg_temp.mark(2, 50) \gset
SELECT is(pg_temp.lowered('t', :job), 't0 1:100, t0 2:50', 'the newest mark counts');

-- _restore_marks(): each kind that has running jobs gets one at the highest of them, unless it has one.
SELECT pg_temp.clean(), pg_temp.job('t', 'a', 0, 10, 'running'), pg_temp.job('t', 'a', 0, 20, 'running'), pg_temp.job('t', 'a', 0, 30), pg_temp.job('t', 'a', 5, 15, 'running'),
       pg_temp.job('t', 'b', 0, 12, 'running'), pg_temp.mark(1, 3, 'b'), pg_temp.job('t', 'c', 0, 25), pg_temp.job('u', 'd', 0, 25, 'running');
SELECT domainflow._restore_marks('t');
SELECT is(pg_temp.marks(), 't0a *:20, t0b 1:3, t5a *:15', 'marks are restored');

-- _maintain_marks(): what newer rows have replaced, marks of kinds that have no jobs in the lane, second rows of a lane; 10000 of each at a time.
SELECT pg_temp.clean(); DELETE FROM domainflow.job_lane;
SELECT pg_temp.job('t', 'k', 0, 5), pg_temp.job('t', 'k', 3, NULL, 'waiting'), pg_temp.job('u', 'k', 0, 5), pg_temp.job('u', 'gone', 0, 6);
SELECT pg_temp.mark(1, 0), pg_temp.mark(3, 0), pg_temp.mark(2, 0), pg_temp.mark(1, 0, '', 7), pg_temp.mark(4, 0, 'k'), pg_temp.mark(5, 0, 'k', 3), pg_temp.mark(6, 0, 'gone'), pg_temp.mark(7, 0, 'k', 7);
INSERT INTO domainflow.job_sweep SELECT hashtextextended(queue, 0), n, queue, now(), now(), false, now(), 0, 0 FROM (VALUES ('t', 1), ('t', 3), ('t', 2), ('u', 1)) AS v (queue, n);
INSERT INTO domainflow.job_lane SELECT 't', 0, false, nextval('domainflow.job_seq') FROM generate_series(1, 4);
SELECT string_agg(concat(queue, priority, ':', opened), ', ' ORDER BY queue, priority) AS lanes FROM (SELECT queue, priority, min(opened) AS opened FROM domainflow.job_lane GROUP BY 1, 2) AS l \gset
SELECT is(domainflow._maintain_marks(), 5 + 2 + 4::bigint, 'what is left over goes');
SELECT is(pg_temp.marks(), 't0 3:0, t0k 4:0, t7 1:0', 'the newest marks stay, of kinds that have jobs');
SELECT is((SELECT string_agg(concat(queue, n), ' ' ORDER BY queue, n) FROM domainflow.job_sweep), 't3 u1', 'and the newest sweeps');
SELECT is((SELECT string_agg(concat(queue, priority, ':', opened), ', ' ORDER BY queue, priority) FROM domainflow.job_lane), :'lanes', 'and the first row of each lane');
SELECT is(domainflow._maintain_marks(), 0::bigint, 'once');
SELECT pg_temp.clean();
INSERT INTO domainflow.job_mark SELECT s, n, 0, 't', '', 0 FROM generate_series(1, 10001) AS s, generate_series(1, 2) AS n;
INSERT INTO domainflow.job_sweep SELECT s, n, 't', now(), now(), false, now(), 0, 0 FROM generate_series(1, 10001) AS s, generate_series(1, 2) AS n;
INSERT INTO domainflow.job_lane SELECT 't', s, false, n FROM generate_series(1001, 11001) AS s, generate_series(1, 2) AS n;
ANALYZE domainflow.job_mark; ANALYZE domainflow.job_sweep; ANALYZE domainflow.job_lane;
SELECT is(ARRAY[domainflow._maintain_marks(), domainflow._maintain_marks(), domainflow._maintain_marks()], ARRAY[30000, 3, 0]::bigint[], 'so many at a time');
SELECT * FROM finish();
ROLLBACK;
