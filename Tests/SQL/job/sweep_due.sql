-- The sweep by time: when it runs, which waiting jobs it promotes and how many, and what it leaves of earlier sweeps.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(26);
SELECT domainflow.create_queue('t'), domainflow.create_queue('u'), domainflow.create_queue('p');
SELECT domainflow.enqueue_job(q, 'k', '{}', p) FROM unnest(ARRAY['t', 'u', 'p']) AS q, unnest(ARRAY[0, 5]) AS p;
SELECT domainflow.pause_queue('p');
SELECT pg_sleep(0.06); -- a sweep inside a transaction that is older than 50 ms takes 100 jobs
CREATE FUNCTION pg_temp.waiting(p_queue text, p_kind text, p_due interval) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_id bigint := domainflow.enqueue_job(p_queue, p_kind);
BEGIN UPDATE domainflow.job SET status = 'waiting', pos = NULL, run_at = clock_timestamp() - p_due WHERE queue = p_queue AND id = v_id; RETURN v_id; END $$;
-- A sweep so long ago. The last one that looked through all lanes was at that time, too, unless it took p_cost seconds: then it counts for fifty times as long.
CREATE FUNCTION pg_temp.swept(p_ago interval, p_queue text DEFAULT 't', p_number bigint DEFAULT 5000, p_more boolean DEFAULT false, p_cost float8 DEFAULT 1) RETURNS void LANGUAGE sql AS $$
INSERT INTO domainflow.job_sweep VALUES (hashtextextended(p_queue, 0), p_number, p_queue, clock_timestamp() - p_ago, clock_timestamp() - CASE WHEN p_more THEN interval '2 s' ELSE '0' END, p_more, LEAST(clock_timestamp(), clock_timestamp() - CASE p_cost WHEN 0 THEN p_ago ELSE '0' END), p_cost, 0) $$;
CREATE FUNCTION pg_temp.clean() RETURNS void LANGUAGE sql AS $$DELETE FROM domainflow.job; DELETE FROM domainflow.job_mark; DELETE FROM domainflow.job_sweep$$;
-- What is promoted, in the order of the lane.
CREATE FUNCTION pg_temp.ready() RETURNS text LANGUAGE sql AS $$SELECT string_agg(kind, ' ' ORDER BY pos) FROM domainflow.job WHERE status = 'ready'$$;
CREATE FUNCTION pg_temp.sweep(p_queue text, p_idle boolean, p_force boolean, p_ago interval, p_more boolean DEFAULT false) RETURNS text LANGUAGE sql AS $$
SELECT pg_temp.clean(), pg_temp.waiting(p_queue, 'due', '1 s'), pg_temp.swept(p_ago, p_queue, p_more => p_more);
SELECT domainflow._sweep_queue(p_queue, p_idle, p_force); SELECT pg_temp.ready() $$;

SELECT is(pg_temp.sweep(queue, idle, force, ago, more), found, name)
  FROM (VALUES ('t', false, false, interval '1 hour', false, 'due', 'the last sweep was long ago'), ('t', false, false, '0', false, NULL, 'it was just now'), ('t', false, false, '0', true, 'due', 'and left something'),
               ('t', true, true, '0', false, 'due', 'forced'), ('t', false, false, '-1000 years', false, 'due', 'a sweep of the future'),
               ('p', true, false, '1 hour', false, NULL, 'a paused queue'), ('p', true, true, '1 hour', false, 'due', 'a paused queue, forced')) AS v (queue, idle, force, ago, more, found, name);
SELECT pg_temp.clean(), domainflow._sweep_queue('nowhere', true, true);
SELECT is_empty('SELECT * FROM domainflow.job_sweep', 'an unknown queue is not swept');
SELECT pg_temp.clean(), pg_temp.waiting('t', 'due', '1 s'), pg_temp.swept('1 hour', 't', 1), pg_temp.swept('0', 't', 2), pg_temp.swept('1 hour', 'u', 3);
SELECT domainflow._sweep_queue('t', false);
SELECT is(pg_temp.ready(), NULL, 'the newest sweep of the queue counts');
SELECT pg_temp.clean(), pg_temp.waiting('t', 'due', '1 s'), pg_temp.swept('1 hour', 't', 1), pg_temp.swept('0', 'u', 3);
SELECT domainflow._sweep_queue('t', false);
SELECT is(pg_temp.ready(), 'due', 'not that of another');

-- Which jobs: of this queue, that wait and are due. A quick sweep looks ten seconds back from the one before.
SELECT pg_temp.clean(), pg_temp.waiting('t', 'later', '-1 minute'), pg_temp.waiting('u', 'other', '1 s'), pg_temp.waiting('t', 'old', '1 hour'), pg_temp.waiting('t', 'new', '1 s'),
       pg_temp.waiting('t', 'newer', '0'), pg_temp.waiting('t', 'few', '5 s'), pg_temp.swept('1 hour'), domainflow.enqueue_job('t', 'runs');
UPDATE domainflow.job SET status = 'running', lease_until = now() + interval '1 hour' WHERE kind = 'runs';
SELECT ok(domainflow._sweep_queue('t', false), 'a quick sweep that finds something');
SELECT is(pg_temp.ready(), 'few new newer', 'the latest, in the order in which they became due');
SELECT is((SELECT string_agg(status::text, ' ' ORDER BY kind) FROM domainflow.job WHERE kind IN ('later', 'other', 'old', 'runs')), 'waiting waiting waiting running', 'no others');
SELECT is((SELECT pos = id FROM domainflow.job WHERE kind = 'runs'), true, 'and no place changes');
DELETE FROM domainflow.job_sweep; SELECT pg_temp.swept('1 hour', p_cost => 0);
SELECT ok(domainflow._sweep_queue('t', false), 'a full one');
SELECT is(pg_temp.ready(), 'few new newer old', 'looks from the start');
DELETE FROM domainflow.job_sweep; SELECT pg_temp.swept('1 hour', p_cost => 0);
SELECT ok(NOT domainflow._sweep_queue('t', false), 'a sweep that finds nothing');

-- How many: a hundred at a time, then the next sweep goes on where this one stopped, be it in the middle of jobs that became due at one moment.
CREATE FUNCTION pg_temp.many(p_count int) RETURNS void LANGUAGE sql AS $$
SELECT pg_temp.clean();
SELECT domainflow.enqueue_jobs('t', array_fill('many'::text, ARRAY[p_count]), array_fill('{}'::jsonb, ARRAY[p_count]));
SELECT domainflow.enqueue_job('t', 'last');
UPDATE domainflow.job SET status = 'waiting', pos = NULL, run_at = '2026-01-01 00:00Z'::timestamptz + CASE kind WHEN 'last' THEN interval '1 hour' ELSE '0' END;
SELECT pg_temp.swept('1 hour', p_cost => 0) $$;
CREATE FUNCTION pg_temp.left_over() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT count(*) FROM domainflow.job WHERE status = 'waiting'), s.more, s.due_low = '2026-01-01 00:00Z') FROM domainflow.job_sweep AS s WHERE s.queue = 't' $$;
SELECT pg_temp.many(98); SELECT domainflow._sweep_queue('t', false);
SELECT is(pg_temp.left_over(), '0 f f', '99 are fewer than a sweep takes');
SELECT pg_temp.many(99); SELECT domainflow._sweep_queue('t', false);
SELECT is(pg_temp.left_over(), '0 t f', 'a hundred may not be all');
SELECT pg_temp.many(101); SELECT domainflow._sweep_queue('t', false);
SELECT is(pg_temp.left_over(), '2 t t', 'a hundred of 102');
UPDATE domainflow.job_sweep SET full_at = clock_timestamp(), full_cost = 1;
SELECT domainflow._sweep_queue('t', false);
SELECT is(pg_temp.left_over(), '0 f f', 'the rest');

-- What a sweep does first when nothing is known of an earlier one.
SELECT pg_temp.clean(), domainflow.enqueue_job('t', 'runs');
UPDATE domainflow.job SET status = 'running', token = 5000000, lease_until = now() + interval '1 hour';
SELECT setval('domainflow.job_token_seq', 1);
SELECT domainflow._sweep_queue('t', true);
SELECT cmp_ok(pg_sequence_last_value('domainflow.job_token_seq'), '>', 5000000::bigint, 'it puts sequences ahead');
SELECT is((SELECT string_agg(kind, ' ') FROM domainflow.job_mark), 'runs', 'and makes the marks it needs');

-- What it leaves behind: of the queue its own row and those more than a thousand numbers before, which maintain() deletes; other queues keep theirs.
SELECT pg_temp.clean(), pg_temp.swept('1 hour', 't', 4000);
SELECT pg_temp.swept('1 hour', 't', 4001), pg_temp.swept('0', 't', 5000, true), pg_temp.swept('1 hour', 'u', 5000), pg_temp.swept('1 hour', 'u', 4001);
SELECT setval('domainflow.job_mark_seq', GREATEST(nextval('domainflow.job_mark_seq'), 6000));
SELECT domainflow._sweep_queue('t', false);
SELECT is((SELECT string_agg(concat(queue, CASE WHEN n > 5000 THEN 'new' ELSE n::text END), ' ' ORDER BY queue, n) FROM domainflow.job_sweep), 't4000 tnew u4001 u5000', 'rows of sweeps');
SELECT is((SELECT count(*) FROM domainflow.job_sweep WHERE xmax::text <> '0'), 0::bigint, 'what stays is not even locked');

-- Lanes that missed a pause, or its end.
SELECT pg_temp.clean();
UPDATE domainflow.job_lane SET paused = NOT paused WHERE queue = 'u' OR priority = 5;
SELECT domainflow._sweep_queue('t', true), domainflow._sweep_queue('p', true);
SELECT is((SELECT string_agg(concat(queue, priority, paused), ' ' ORDER BY queue, priority) FROM domainflow.job_lane), 'p0t p5t t0f t5f u0t u5t', 'are put right, of the queue that is swept');
SELECT * FROM finish();
ROLLBACK;
