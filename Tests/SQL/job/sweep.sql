-- The sweep and rescue_jobs(): jobs that stand below a mark, leases that ran out, and how often a queue is swept.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(35);
SELECT domainflow.create_queue('t', p_max_attempts => 2);
CREATE FUNCTION pg_temp.claim(p_limit int DEFAULT 1) RETURNS text LANGUAGE sql AS
$$SELECT string_agg(c.kind, ' ') FROM domainflow.claim_jobs('t', 'w', p_limit) AS c$$;
CREATE FUNCTION pg_temp.mark() RETURNS bigint LANGUAGE sql AS
$$SELECT pg_sequence_last_value(mark) FROM domainflow.job_lane WHERE queue = 't' AND priority = 0$$;
CREATE FUNCTION pg_temp.rest(p_seconds int DEFAULT 3600) RETURNS void LANGUAGE sql AS
$$SELECT setval(sweep_clock, ((extract(epoch FROM clock_timestamp()) - p_seconds) * 1000000)::bigint) FROM domainflow.job_queue WHERE queue = 't'$$;

SELECT domainflow.enqueue_job('t', 'a') AS a, domainflow.enqueue_job('t', 'b') AS b, domainflow.enqueue_job('t', 'c') AS c \gset
-- As if b and c had been claimed by others before a was committed: the mark has passed it.
SELECT setval(mark, :b) FROM domainflow.job_lane WHERE queue = 't';
SELECT pg_temp.rest(-10);
SELECT is(pg_temp.claim(1), 'c', 'a claim looks above the mark');
SELECT is(pg_temp.claim(1), NULL, 'before the time for a sweep the jobs below it stay unseen');
SELECT pg_temp.rest();
SELECT is(pg_temp.claim(9), 'a b', 'a claim that finds nothing sweeps, and finds them in order');
SELECT ok(NOT domainflow._sweep_queue('t', true), 'the next sweep has to wait');
SELECT pg_temp.rest(0);
SELECT ok(NOT domainflow._sweep_queue('t', false), 'and on a busy queue a second');
SELECT ok(NOT domainflow._sweep_queue('nowhere', true), 'an unknown queue is not swept');

SELECT is_empty($$SELECT * FROM domainflow.rescue_jobs()$$, 'no lease has run out');
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

-- An exhausted lane: each sweep brings the mark to where the queue's positions were at the sweep before.
SELECT pg_temp.rest(), domainflow._sweep_queue('t', true), pg_temp.rest(), nextval('domainflow.job_seq') AS head \gset
SELECT ok(NOT domainflow._sweep_queue('t', true), 'nothing to find');
SELECT ok(pg_temp.mark() BETWEEN :c AND :head - 1, 'the mark is past the jobs that are gone');
SELECT domainflow.enqueue_job('t', 'e') AS e \gset
SELECT is(pg_temp.claim(1), 'e', 'and below the next job');

-- Far above the mark, where only claims by kind have been, the sweep finds the oldest ready job.
SELECT setval('domainflow.job_seq', :e + 5000);
SELECT domainflow.enqueue_job('t', 'far') AS far \gset
SELECT pg_temp.rest(), domainflow._sweep_queue('t', true);
SELECT is(pg_temp.mark(), :far - 1::bigint, 'the mark is right below the oldest ready job');
SELECT is(pg_temp.claim(1), 'far', 'which is claimed next');
SELECT pg_temp.rest();
SELECT domainflow.enqueue_job('t', 'later', p_run_at => clock_timestamp() + interval '1 hour') AS l \gset
SELECT ok(NOT domainflow._sweep_queue('t', true), 'a job that is not due stays');
UPDATE domainflow.job SET run_at = clock_timestamp() - interval '1 s' WHERE id = :l;
SELECT pg_temp.rest();
SELECT is(pg_temp.claim(1), 'later', 'one that is due is claimed');
SELECT ok((SELECT pos > id FROM domainflow.job WHERE id = :l), 'from the end of its lane');

SELECT ok(domainflow.pause_queue('t'), 'a paused queue');
SELECT pg_temp.rest();
SELECT ok(NOT domainflow._sweep_queue('t', true), 'is not swept');
SELECT ok(domainflow.pause_queue('t', false), 'goes on');

-- Released jobs below the mark are seen by the very next claim.
SELECT domainflow.enqueue_job('t', 'r') AS r \gset
SELECT token FROM domainflow.claim_jobs('t', 'w') \gset
SELECT setval(mark, :r + 100) FROM domainflow.job_lane WHERE queue = 't';
SELECT pg_temp.rest(-10);
SELECT is(array(SELECT domainflow.release_jobs('t', ARRAY[:r]::bigint[], :token)), ARRAY[:r]::bigint[], 'a released job');
SELECT is(pg_temp.claim(1), 'r', 'is claimed at once');
SELECT is((SELECT pg_sequence_last_value(sweep_clock) > extract(epoch FROM clock_timestamp()) * 1000000 FROM domainflow.job_queue WHERE queue = 't'), true, 'without a sweep');
SELECT ok((SELECT bool_and(pos IS NOT NULL) FROM domainflow.job WHERE queue = 't' AND status IN ('ready', 'running')), 'ready and running jobs stand in a lane');
SELECT * FROM finish();
ROLLBACK;
