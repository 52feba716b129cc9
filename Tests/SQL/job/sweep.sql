-- The sweep and rescue_jobs(): due jobs, jobs that stand below a mark, leases that ran out, when a queue is swept, and clocks that were wrong.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(55);
SELECT domainflow.create_queue('t', p_max_attempts => 2);
CREATE FUNCTION pg_temp.claim(p_limit int DEFAULT 1) RETURNS text LANGUAGE sql AS
$$SELECT string_agg(c.kind, ' ') FROM domainflow.claim_jobs('t', 'w', p_limit) AS c$$;
CREATE FUNCTION pg_temp.mark() RETURNS bigint LANGUAGE sql AS
$$SELECT low FROM domainflow.job_mark WHERE queue = 't' AND kind = '' AND priority = 0 ORDER BY n DESC LIMIT 1$$;
CREATE FUNCTION pg_temp.set_mark(p_low bigint) RETURNS void LANGUAGE sql AS
$$SELECT domainflow._set_mark('t', '', 0::smallint, (SELECT n FROM domainflow.job_mark WHERE queue = 't' AND kind = '' AND priority = 0 ORDER BY n DESC LIMIT 1), p_low, true)$$;
-- As if the last sweep were so long ago; the last look through all lanes was at p_full.
CREATE FUNCTION pg_temp.rest(p_ago interval DEFAULT '1 hour', p_full interval DEFAULT NULL, p_cost float8 DEFAULT 0) RETURNS void LANGUAGE sql AS
$$UPDATE domainflow.job_sweep SET swept_at = clock_timestamp() - p_ago, full_at = clock_timestamp() - COALESCE(p_full, p_ago), full_cost = p_cost WHERE queue = 't'$$;
CREATE FUNCTION pg_temp.backlog() RETURNS void LANGUAGE sql AS
$$SELECT count(*) FROM domainflow.enqueue_jobs('t', array_fill('backlog'::text, '{5}'), array_fill('{}'::jsonb, '{5}'))$$;

SELECT domainflow.enqueue_job('t', 'a') AS a, domainflow.enqueue_job('t', 'b') AS b, domainflow.enqueue_job('t', 'c') AS c \gset
SELECT is(domainflow._sweep_queue('t', true), false, 'a first sweep finds nothing new');
-- As if b and c had been claimed by others before a was committed: the mark has passed it.
SELECT pg_temp.set_mark(:b);
SELECT pg_temp.rest('1 hour', '1 s', 1);
SELECT is(pg_temp.claim(1), 'c', 'a claim looks above the mark');
SELECT pg_temp.rest('1 hour', '1 s', 1);
SELECT is(pg_temp.claim(1), NULL, 'a look through the lanes that took a second is not repeated at once');
SELECT pg_temp.rest('1 hour', '51 s', 1);
SELECT is(pg_temp.claim(9), 'a b', 'but after fifty times as long, and finds them in order');
SELECT pg_temp.rest('20 ms');
SELECT ok(NOT domainflow._sweep_queue('t', true), 'the next sweep has to wait');
SELECT pg_temp.rest('200 ms');
SELECT ok(NOT domainflow._sweep_queue('t', false), 'and when there is work a while longer');
SELECT pg_temp.rest('800 ms');
SELECT is((SELECT n FROM domainflow.job_sweep WHERE queue = 't') < (SELECT max(n) FROM (SELECT domainflow._sweep_queue('t', false)) AS s, domainflow.job_sweep WHERE queue = 't'), false, 'a busy queue is swept too');
SELECT ok(NOT domainflow._sweep_queue('nowhere', true), 'an unknown queue is not swept');
SELECT is((SELECT count(*) FROM domainflow.job_sweep WHERE queue = 't'), 1::bigint, 'each sweep leaves one row');

SELECT is_empty($$SELECT * FROM domainflow.rescue_jobs()$$, 'no lease has run out');
SELECT throws_ok($$SELECT * FROM domainflow.rescue_jobs('none')$$, 'DF301', NULL, 'an unknown queue has no leases that could run out');
UPDATE domainflow.job SET lease_until = clock_timestamp() - interval '1 s' WHERE id IN (:a, :b);
SELECT token AS old FROM domainflow.job WHERE id = :a \gset
SELECT results_eq($$SELECT queue, id, outcome FROM domainflow.rescue_jobs('t') ORDER BY id$$,
                  $$VALUES ('t', $$ || :a || $$::bigint, 'retry'), ('t', $$ || :b || $$::bigint, 'retry')$$, 'two leases have');
SELECT ok((SELECT last_error LIKE 'lease of attempt 1 by w ran out at %' FROM domainflow.job WHERE id = :a), 'the job says so');
SELECT ok(NOT domainflow.complete_job('t', :a, :old), 'the worker that was too late cannot complete it');
SELECT is(domainflow.fail_job('t', :a, :old, 'x'), 'stale', 'nor fail it');
SELECT is_empty($$SELECT domainflow.heartbeat_jobs('t', ARRAY[$$ || :a || $$], $$ || :old || $$)$$, 'nor keep it');
SELECT is(pg_temp.claim(9), 'a b', 'rescued jobs keep their places');
SELECT is((SELECT attempt FROM domainflow.job WHERE id = :a), 2, 'and the lost attempt counts');
SELECT ok(NOT domainflow.complete_job('t', :a, :old), 'the first worker is still out');

UPDATE domainflow.job SET lease_until = clock_timestamp() - interval '1 s' WHERE id IN (:a, :c);
SELECT pg_temp.rest();
SELECT is(pg_temp.claim(9), 'c', 'a sweep rescues too; a job without attempts left is not handed out');
SELECT results_eq($$SELECT status::text, pos IS NULL, run_at = 'infinity' FROM domainflow.job WHERE id = $$ || :a,
                  $$VALUES ('dead', true, true)$$, 'but dead');
UPDATE domainflow.job SET lease_until = clock_timestamp() - interval '1 s' WHERE id = :b;
SELECT results_eq($$SELECT outcome FROM domainflow.rescue_jobs()$$, $$VALUES ('dead')$$, 'as rescue_jobs says');
SELECT is_empty($$SELECT * FROM domainflow._rescue_jobs('t', ARRAY[$$ || :c || $$])$$, 'the lease is looked at again before a job is taken');
UPDATE domainflow.job SET lease_until = clock_timestamp() - interval '1 s' WHERE id = :c;
SELECT results_eq($$SELECT outcome FROM domainflow.rescue_jobs('t')$$, $$VALUES ('dead')$$, 'the last one');

-- An exhausted lane: each full sweep brings the mark to where the queue's positions were at the one before.
SELECT setval('domainflow.job_seq', :c + 1000);
SELECT pg_temp.rest(); SELECT domainflow._sweep_queue('t', true); SELECT nextval('domainflow.job_seq') AS head \gset
SELECT pg_temp.rest();
SELECT ok(NOT domainflow._sweep_queue('t', true), 'nothing to find');
SELECT is(pg_temp.mark(), :head - 1::bigint, 'the mark is past the jobs that are gone');
SELECT domainflow.enqueue_job('t', 'e') AS e \gset
SELECT is(pg_temp.claim(1), 'e', 'and below the next job');

-- Far above the mark, where only claims by kind have been, the sweep finds the oldest ready job.
SELECT setval('domainflow.job_seq', :e + 5000);
SELECT domainflow.enqueue_job('t', 'far') AS far \gset
SELECT pg_temp.rest(); SELECT domainflow._sweep_queue('t', true);
SELECT is(pg_temp.mark(), :far - 1::bigint, 'the mark is right below the oldest ready job');
SELECT is(pg_temp.claim(1), 'far', 'which is claimed next');
SELECT pg_temp.rest();
SELECT domainflow.enqueue_job('t', 'later', p_run_at => clock_timestamp() + interval '1 hour') AS l \gset
SELECT ok(NOT domainflow._sweep_queue('t', true), 'a job that is not due stays');
UPDATE domainflow.job SET run_at = clock_timestamp() - interval '1 s' WHERE id = :l;
SELECT pg_temp.rest();
SELECT is(pg_temp.claim(1), 'later', 'one that is due is claimed');
SELECT ok((SELECT pos > id FROM domainflow.job WHERE id = :l), 'from the end of its lane');

-- A queue that is never empty.
SELECT pg_temp.backlog();
SELECT domainflow.enqueue_job('t', 'urgent', '{}', 9, clock_timestamp() - interval '1 s') AS u \gset
UPDATE domainflow.job SET status = 'waiting', pos = NULL WHERE id = :u;
SELECT pg_temp.rest();
SELECT is(pg_temp.claim(), 'backlog', 'a claim that finds work');
SELECT is(pg_temp.claim(), 'urgent', 'has promoted the due job, whose priority is honoured');
UPDATE domainflow.job SET lease_until = clock_timestamp() - interval '1 s' WHERE id = :u;
SELECT pg_temp.rest(); SELECT pg_temp.claim();
SELECT is(pg_temp.claim(), 'urgent', 'and takes back a lease that has run out');
SELECT pg_temp.claim(99);
SELECT domainflow.enqueue_job('t', 'late') AS late \gset
SELECT pg_temp.set_mark(:late); SELECT pg_temp.backlog(); SELECT pg_temp.rest(); SELECT pg_temp.claim();
SELECT is(pg_temp.claim(), 'late', 'and finds a job that was committed late');
SELECT is(pg_temp.claim(99), array_to_string(array_fill('backlog'::text, '{4}'), ' '), 'the backlog is all that is left');

-- Clocks that were ahead.
SELECT domainflow.enqueue_job('t', 'x', p_run_at => clock_timestamp() - interval '1 s') AS x \gset
UPDATE domainflow.job SET status = 'waiting', pos = NULL WHERE id = :x;
SELECT pg_temp.rest('-1000 years', '-1000 years', 5);
UPDATE domainflow.job_sweep SET due_low = clock_timestamp() + interval '1000 years';
SELECT is(pg_temp.claim(), 'x', 'a sweep in a thousand years counts as past');
SELECT ok((SELECT bool_and(swept_at <= clock_timestamp() AND full_at <= clock_timestamp() AND due_low <= clock_timestamp()) FROM domainflow.job_sweep WHERE queue = 't'), 'and is forgotten');
UPDATE domainflow.job SET lease_until = clock_timestamp() + interval '10 years' WHERE id = :x;
SELECT pg_temp.rest();
SELECT is(pg_temp.claim(), 'x', 'a lease of ten years has run out');
UPDATE domainflow.job SET lease_until = clock_timestamp() + interval '10 years' WHERE id = :x;
SELECT results_eq($$SELECT outcome FROM domainflow.rescue_jobs()$$, $$VALUES ('dead')$$, 'for rescue_jobs too');

SELECT ok(domainflow.pause_queue('t'), 'a paused queue');
SELECT pg_temp.rest();
SELECT ok(NOT domainflow._sweep_queue('t', true), 'is not swept');
-- As if the lane had been opened at the moment of the pause.
UPDATE domainflow.job_lane SET paused = false WHERE queue = 't';
SELECT domainflow.enqueue_job('t', 'p') AS p \gset
SELECT ok(NOT domainflow._sweep_queue('t', true), 'but a lane that missed the pause');
SELECT is((SELECT bool_and(paused) FROM domainflow.job_lane WHERE queue = 't'), true, 'is put right');
SELECT ok(domainflow.pause_queue('t', false), 'goes on');
SELECT is(pg_temp.claim(), 'p', 'with what came meanwhile');

-- Released jobs below the mark are seen by the very next claim.
SELECT domainflow.enqueue_job('t', 'r') AS r \gset
SELECT token FROM domainflow.claim_jobs('t', 'w') \gset
SELECT pg_temp.set_mark(:r + 100);
SELECT pg_temp.rest('1 hour', '1 s', 1);
SELECT is(array(SELECT domainflow.release_jobs('t', ARRAY[:r]::bigint[], :token)), ARRAY[:r]::bigint[], 'a released job');
SELECT is(pg_temp.claim(1), 'r', 'is claimed at once');
SELECT id, token FROM domainflow.job WHERE id = :r \gset
SELECT domainflow._set_mark('t', 'r', 0::smallint, NULL, :r + 100, true);
SELECT is(array(SELECT domainflow.release_jobs('t', ARRAY[:r]::bigint[], :token)), ARRAY[:r]::bigint[], 'released again');
SELECT is((SELECT kind FROM domainflow.claim_jobs('t', 'w', 1, '1 min', '{r}')), 'r', 'it is claimed by kind');

-- All that is unlogged is gone, as after a crash. A job was claimed by kind from the depth of the lane, and its worker died.
SELECT pg_temp.backlog();
SELECT count(*) FROM domainflow.enqueue_jobs('t', array_fill('mass'::text, '{400}') || '{deep}', array_fill('{}'::jsonb, '{401}'));
SELECT id AS deep FROM domainflow.claim_jobs('t', 'w', 1, '1 min', '{deep}') \gset
DELETE FROM domainflow.job_mark; DELETE FROM domainflow.job_sweep; DELETE FROM domainflow.job_start;
SELECT pg_temp.claim();
UPDATE domainflow.job SET lease_until = clock_timestamp() - interval '1 s' WHERE id = :deep;
SELECT pg_temp.rest(); SELECT pg_temp.claim();
SELECT is((SELECT status::text FROM domainflow.job WHERE id = :deep), 'ready', 'it is found');
-- More than one sweep can take.
SELECT count(*) FROM domainflow.enqueue_jobs('t', array_fill('burst'::text, '{250}'), array_fill('{}'::jsonb, '{250}'), NULL, array_fill(clock_timestamp() + interval '1 hour', '{250}'));
UPDATE domainflow.job SET run_at = clock_timestamp() - interval '1 s' WHERE kind = 'burst';
SELECT pg_temp.rest(); SELECT pg_temp.claim();
SELECT ok((SELECT more FROM domainflow.job_sweep WHERE queue = 't'), 'a sweep that did not finish says so');
SELECT pg_temp.claim(); SELECT pg_temp.claim(); SELECT pg_temp.claim();
SELECT is((SELECT count(*) FROM domainflow.job WHERE kind = 'burst' AND status = 'waiting'), 0::bigint, 'and the next claims go on with it at once');
SELECT ok((SELECT bool_and(pos IS NOT NULL) FROM domainflow.job WHERE queue = 't' AND status IN ('ready', 'running')), 'ready and running jobs stand in a lane');
SELECT * FROM finish();
ROLLBACK;
