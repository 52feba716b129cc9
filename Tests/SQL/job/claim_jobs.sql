-- enqueue_job(s) and claim_jobs(): order, limits, kinds, queues and lanes that appear, pausing, arguments.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(68);
CREATE FUNCTION pg_temp.claim(p_limit int DEFAULT 1, p_kinds text[] DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$SELECT string_agg(c.kind, ' ') FROM domainflow.claim_jobs('t', 'w', p_limit, '1 min', p_kinds) AS c$$;

SELECT throws_ok('SELECT pg_temp.claim()', 'DF301', NULL, 'an unknown queue');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', 'low')$$, 'DF301', NULL, 'takes no job');
SELECT ok(domainflow.enqueue_job('t', 'low', p_create => true) > 0, 'unless the call says to make it');
SELECT is((SELECT count(*) FROM domainflow.job_lane WHERE queue = 't'), 1::bigint, 'and one lane');
SELECT lives_ok($$SELECT domainflow.enqueue_job('t', 'high', '{"a": 1}', p_priority => 5),
                         domainflow.enqueue_job('t', 'low2'), domainflow.enqueue_job('t', 'late', p_run_at => now() + interval '1 hour'),
                         domainflow.enqueue_job('t', 'past', p_run_at => now() - interval '1 hour')$$, 'more jobs');
SELECT is(pg_temp.claim(3), 'high low low2', 'priority, then age, up to the limit');
SELECT is(pg_temp.claim(9), 'past', 'the rest; no job twice, none before its time');
SELECT is(pg_temp.claim(9), NULL, 'nothing is left');
SELECT is((SELECT array_agg(DISTINCT token) FROM domainflow.job WHERE kind IN ('high', 'low', 'low2')),
          (SELECT array_agg(token - 1) FROM domainflow.job WHERE kind = 'past'), 'one token per claim call, each higher than the one before');
SELECT results_eq($$SELECT status::text, attempt, worker, lease_until > clock_timestamp() + interval '50 s' FROM domainflow.job WHERE kind = 'high'$$,
                  $$VALUES ('running', 1, 'w', true)$$, 'a claimed job has attempt, worker and lease');
SELECT results_eq($$SELECT status::text, pos IS NULL FROM domainflow.job WHERE kind = 'late'$$, $$VALUES ('waiting', true)$$, 'a later job waits outside its lane');

SELECT array(SELECT domainflow.enqueue_jobs('t', '{a,b,c}', '{"1","2","3"}', ARRAY[0, NULL, 7], ARRAY[NULL, NULL, now() + interval '1 day'])) AS ids \gset
SELECT is(:'ids'::bigint[],
          array(SELECT id FROM domainflow.job WHERE kind IN ('a', 'b', 'c') ORDER BY kind), 'a batch returns its ids in input order');
SELECT is((SELECT priority FROM domainflow.job WHERE kind = 'c'), 7::smallint, 'with priorities');
SELECT is(pg_temp.claim(9), 'a b', 'null priority is 0, null run_at is now');
SELECT is((SELECT count(*) FROM domainflow.enqueue_jobs('t', '{}', '{}')), 0::bigint, 'an empty batch');
SELECT domainflow.enqueue_jobs('fresh', '{a}', '{"1"}', p_create => true) AS id \gset
SELECT is(ARRAY[:id]::bigint[], array(SELECT id FROM domainflow.job WHERE queue = 'fresh'), 'a batch makes its queue');

SELECT lives_ok($$SELECT domainflow.enqueue_jobs('t', array_fill('x'::text, '{100}') || '{y,z}'::text[], array_fill('{}'::jsonb, '{102}'))$$, '102 jobs');
SELECT is(pg_temp.claim(1, '{y,z}'), 'y', 'by kind, past a hundred of another');
SELECT is(pg_temp.claim(5, '{nothing}'), NULL, 'no job of a kind');
SELECT is(length(pg_temp.claim(40)), 79, 'forty of the others');
SELECT is(length(pg_temp.claim(100)), 121, 'and the rest, as the mark moves up');
SELECT ok((SELECT m.low > (SELECT max(id) - 100 FROM domainflow.job WHERE kind = 'x') FROM domainflow.job_mark AS m
            WHERE m.queue = 't' AND m.kind = '' AND m.priority = 0 ORDER BY m.n DESC LIMIT 1),
          'the mark has followed the claims');

SELECT ok(domainflow.pause_queue('t'), 'a queue is paused');
SELECT ok(NOT domainflow.pause_queue('t'), 'once');
SELECT lives_ok($$SELECT domainflow.enqueue_job('t', 'held'), domainflow.enqueue_job('t', 'held9', p_priority => 9)$$, 'it takes jobs, also of a new priority');
SELECT is(pg_temp.claim(9), NULL, 'and hands none out');
SELECT ok(domainflow.pause_queue('t', false), 'it goes on');
SELECT is(pg_temp.claim(9), 'held9 held', 'and hands them out');
SELECT throws_ok($$SELECT domainflow.pause_queue('new')$$, 'DF301', NULL, 'an unknown queue cannot be paused');

SELECT ok(domainflow.create_queue('q', 2, '2 s', '10 s', true, true), 'a queue with settings');
SELECT ok(NOT domainflow.create_queue('q', p_max_attempts => 3), 'and changed settings');
SELECT results_eq($$SELECT max_attempts, backoff_base, keep_finished, notify FROM domainflow.job_queue WHERE queue = 'q'$$,
                  $$VALUES (3, interval '2 s', true, true)$$, 'what is not given stays');
SELECT lives_ok($$SELECT domainflow.enqueue_job('q', 'k'), domainflow.enqueue_jobs('q', '{k}', '{"1"}')$$, 'a queue that notifies');
SELECT results_eq($$SELECT DISTINCT max_attempts, keep FROM domainflow.job WHERE queue = 'q'$$, $$VALUES (3, true)$$, 'jobs take the settings of their queue');
SELECT is((SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'domainflow'::regnamespace AND relname ^@ 'job_'), 3::bigint, 'no sequence is made at run time');

-- Kinds have marks of their own, and are found among any number of others.
SELECT domainflow.create_queue('kinds');
SELECT count(*) FROM domainflow.enqueue_jobs('kinds', array_fill('other'::text, '{300}') || array_fill('rare'::text, '{50}') || '{a,b}'::text[], array_fill('{}'::jsonb, '{352}'));
SELECT is((SELECT count(*) FROM domainflow.claim_jobs('kinds', 'w', 20, '1 min', '{rare}')), 20::bigint, 'twenty of a kind');
SELECT ok((SELECT low > 250 FROM domainflow.job_mark WHERE queue = 'kinds' AND kind = 'rare'), 'its mark has passed the others');
SELECT is((SELECT count(*) FROM domainflow.claim_jobs('kinds', 'w', 100, '1 min', '{rare}')), 30::bigint, 'the rest of it');
SELECT is((SELECT string_agg(kind, ' ' ORDER BY id) FROM domainflow.claim_jobs('kinds', 'w', 3, '1 min', '{b,a}')), 'a b', 'several kinds');
SELECT is((SELECT count(*) FROM domainflow.claim_jobs('kinds', 'w', 1000)), 300::bigint, 'and all others, which nobody passed');

-- What a worker is told.
SET LOCAL domainflow.correlation_id = 'c-1';
SELECT domainflow.enqueue_job('kinds', 'told', p_run_at => '2020-01-01 00:00Z') AS told \gset
SELECT results_eq($$SELECT id, correlation_id, run_at, last_error FROM domainflow.claim_jobs('kinds', 'w')$$,
                  $$VALUES ($$ || :told || $$::bigint, 'c-1', '2020-01-01 00:00Z'::timestamptz, NULL::text)$$, 'a claimed job says whose it is and since when it was due');
SELECT domainflow.fail_job('kinds', id, token, 'no luck') FROM domainflow.job WHERE id = :told;
UPDATE domainflow.job SET run_at = '2020-01-01 00:00Z' WHERE id = :told;
UPDATE domainflow.job_sweep SET swept_at = swept_at - interval '1 hour', full_at = full_at - interval '1 hour';
SELECT is((SELECT last_error FROM domainflow.claim_jobs('kinds', 'w')), 'no luck', 'and what went wrong before');
SELECT ok(domainflow.enqueue_job('kinds', 'k', '{}', 5) > 0, 'a priority is an ordinary number');

SELECT throws_ok($$SELECT domainflow.enqueue_job(NULL, 'k')$$, 'DF202', NULL, 'no queue');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', 'k', p_max_attempts => 0)$$, 'DF204', NULL, 'no attempts');
SELECT throws_ok($$SELECT domainflow.enqueue_job('', 'k', p_create => true)$$, 'DF201', NULL, 'an empty name');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', 'k', p_create => NULL)$$, 'DF202', NULL, 'a null flag');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', '')$$, 'DF204', NULL, 'an empty kind');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', repeat('k', 201))$$, 'DF204', NULL, 'a kind that is too long');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', 'k', to_jsonb(repeat('x', 1100000)))$$, 'DF204', NULL, 'a payload of over 1 MiB');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', 'k', '{}', 32768)$$, 'DF204', NULL, 'a priority out of bounds');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', 'k', p_run_at => 'infinity')$$, 'DF204', NULL, 'never');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', 'k', p_run_at => '2500-01-01')$$, 'DF204', NULL, 'long after us');
SELECT throws_ok($$SELECT domainflow.claim_jobs('t', 'w', 100001)$$, 'DF204', NULL, 'too many');
SELECT throws_ok($$SELECT domainflow.claim_jobs('t', 'w', 1, '1 day 1 s')$$, 'DF204', NULL, 'for too long');
SELECT throws_ok($$SELECT domainflow.claim_jobs('t', 'w', 1, '-100 years 36001 days')$$, 'DF204', NULL, 'a lease that only looks positive');
SELECT throws_ok(format('SELECT domainflow.claim_jobs(''t'', ''w'', 1, %L)', lease), 'DF204', NULL, 'a lease that cannot be added to a time: ' || lease)
  FROM unnest(ARRAY['178000000 years', '-178000000 years', '5000000 years -1825000000 days', '106751990 days -2562047759 hours']) AS l (lease);
SELECT throws_ok($$SELECT domainflow.claim_jobs('t', repeat('w', 201))$$, 'DF204', NULL, 'a worker with too long a name');
SELECT throws_ok($$SELECT domainflow.claim_jobs('t', 'w', 1, '1 s', ARRAY['k', NULL])$$, 'DF202', NULL, 'a kind that is null');
SELECT throws_ok($$SELECT domainflow.claim_jobs('t', 'w', 1, '1 s', array_fill('k'::text, '{1001}'))$$, 'DF204', NULL, 'too many kinds');
SELECT throws_ok($$SELECT domainflow.create_queue('t', 0)$$, 'DF204', NULL, 'a queue without attempts');
SELECT throws_ok($$SELECT domainflow.create_queue('t', p_backoff_base => '1 hour', p_backoff_cap => '1 s')$$, 'DF204', NULL, 'a cap below the base');
SELECT throws_ok($$SELECT domainflow.claim_jobs('t', NULL)$$, 'DF202', NULL, 'no worker');
SELECT throws_ok($$SELECT domainflow.claim_jobs('t', 'w', 0)$$, 'DF204', NULL, 'a claim of nothing');
SELECT throws_ok($$SELECT domainflow.pause_queue('t', NULL)$$, 'DF202', NULL, 'neither paused nor not');
SELECT * FROM finish();
ROLLBACK;
