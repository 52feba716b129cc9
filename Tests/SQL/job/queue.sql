-- create_queue(), drop_queue(), list_dead_jobs(), _next_token(), and what the application can no longer write around the functions.
BEGIN ISOLATION LEVEL READ COMMITTED; -- drop_queue() refuses others
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(37);
SELECT ok(domainflow.create_queue('t', p_backoff_base => '1 minute', p_backoff_cap => '5 minutes'), 'created');
SELECT ok(NOT domainflow.create_queue('t'), 'once');
SELECT throws_ok($$SELECT domainflow.create_queue('t', p_backoff_cap => '1 s')$$, 'DF204', NULL, 'a cap below the base that is set already');
SELECT throws_ok($$SELECT domainflow.create_queue('t', p_backoff_base => '0')$$, 'DF204', NULL, 'no backoff');
SELECT throws_ok($$SELECT domainflow.create_queue('t', p_backoff_base => '1 mon -31 days')$$, 'DF204', NULL, 'a backoff that only looks positive');
SELECT throws_ok($$SELECT domainflow.create_queue('t', p_backoff_cap => '400 days')$$, 'DF204', NULL, 'a wait of over a year');
SELECT throws_ok($$SELECT domainflow.create_queue('t', 1000001)$$, 'DF204', NULL, 'too many attempts');
SELECT throws_ok($$SELECT domainflow.create_queue(repeat('q', 101))$$, 'DF201', NULL, 'too long a name');
SELECT lives_ok($$SELECT domainflow.create_queue('t', p_backoff_base => '10 minutes')$$, 'a base above the cap');
SELECT results_eq($$SELECT backoff_base, backoff_cap FROM domainflow.job_queue WHERE queue = 't'$$, $$VALUES (interval '10 min', interval '10 min')$$, 'lifts it');

SELECT domainflow.enqueue_job('t', 'a', '{"n": 1}', p_max_attempts => 1) AS a, domainflow.enqueue_job('t', 'b') AS b \gset
SELECT domainflow.fail_job('t', id, token, E'no\x1b luck') FROM domainflow.claim_jobs('t', 'w');
SELECT results_eq($$SELECT queue, id, kind, attempt, payload, last_error FROM domainflow.list_dead_jobs('t')$$,
                  $$VALUES ('t', $$ || :a || $$::bigint, 'a', 1, '{"n": 1}'::jsonb, E'no\x1b luck')$$, 'the dead job');
SELECT is((SELECT count(*) FROM domainflow.list_dead_jobs()), 1::bigint, 'of all queues');
-- A queue whose jobs are well is the usual one: they are not read, although those of another one are dead.
SELECT count(*) AS jobs
  FROM unnest('{well,ill}'::text[]) AS q (name),
       domainflow.enqueue_jobs(q.name, array_fill('k'::text, '{5000}'), array_fill('{}'::jsonb, '{5000}'), p_create => true) \gset
UPDATE domainflow.job SET status = 'dead', pos = NULL, run_at = 'infinity' WHERE queue = 'ill';
ANALYZE domainflow.job;
SELECT pg_stat_get_xact_numscans('domainflow.job_pkey'::regclass) AS scans \gset
SELECT is_empty($$SELECT * FROM domainflow.list_dead_jobs('well')$$, 'no dead job');
SELECT is(pg_stat_get_xact_numscans('domainflow.job_pkey'::regclass) - :scans, 0::bigint, 'found without a walk through all the others');
SELECT is(domainflow.drop_queue('well', true) + domainflow.drop_queue('ill', true), 10000::bigint, 'neither is needed any more');
SELECT throws_ok($$SELECT domainflow.list_dead_jobs('nowhere')$$, 'DF301', NULL, 'an unknown queue');
SELECT throws_ok($$SELECT domainflow.list_dead_jobs('t', 0)$$, 'DF204', NULL, 'no job');

SELECT throws_ok($$SELECT domainflow.drop_queue('t')$$, 'DF306', NULL, 'a queue with jobs stays');
SELECT throws_ok($$SELECT domainflow.drop_queue('nowhere')$$, 'DF301', NULL, 'an unknown queue');
SELECT throws_ok($$SELECT domainflow.drop_queue('t', NULL)$$, 'DF202', NULL, 'a null flag');
SELECT is(domainflow.drop_queue('t', true), 2::bigint, 'with force its jobs go');
SELECT throws_ok($$SELECT domainflow.claim_jobs('t', 'w')$$, 'DF301', NULL, 'and it is gone');
SELECT is((SELECT count(*) FROM domainflow.job WHERE queue = 't') + (SELECT count(*) FROM domainflow.job_lane WHERE queue = 't')
          + (SELECT count(*) FROM domainflow.job_sweep WHERE queue = 't'), 0::bigint, 'with all that belonged to it');
SELECT throws_ok($$SELECT domainflow.fail_job('t', 1, 1, 'x', NULL)$$, 'DF202', NULL, 'a null flag');
SELECT throws_ok($$SELECT domainflow.complete_job('t', NULL, 1)$$, 'DF202', NULL, 'no job to complete');
SELECT throws_ok($$SELECT domainflow.cancel_jobs('t', NULL)$$, 'DF202', NULL, 'no jobs to cancel');

SELECT is(domainflow._next_token() >> 45, 0::bigint, 'a token of epoch and shard 0');
SELECT cmp_ok(domainflow._next_token(), '<', domainflow._next_token(), 'a later one is higher');

-- The application reads, and writes through functions only.
SELECT ok(NOT has_table_privilege('domainflow_app', t, 'INSERT') AND NOT has_table_privilege('domainflow_app', t, 'UPDATE')
          AND NOT has_table_privilege('domainflow_app', t, 'DELETE') AND NOT has_table_privilege('domainflow_app', t, 'TRUNCATE'), 'app does not write ' || t)
  FROM unnest(ARRAY['domainflow.job', 'domainflow.job_archive', 'domainflow.job_queue', 'domainflow.job_mark']) AS t;
SELECT ok(NOT has_sequence_privilege('domainflow_app', s, 'USAGE') AND NOT has_sequence_privilege('domainflow_app', s, 'UPDATE'), 'nor draws from ' || s)
  FROM unnest(ARRAY['domainflow.job_seq', 'domainflow.job_token_seq', 'domainflow.job_mark_seq']) AS s;
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'domainflow'::regnamespace
    AND p.proname IN ('_next_token', '_set_mark', '_move_marks', '_check_sequences', '_refuse_job', '_refuse_ids', '_open_lane', '_rescue_jobs', '_restore_marks',
                      '_sweep_queue', '_claim_batch', '_claim_kinds', '_lower_marks', '_lock_free_jobs', '_feed_campaign', '_move_campaign')
    AND has_function_privilege('domainflow_app', p.oid, 'EXECUTE')$$, 'nor calls what is internal');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'domainflow'::regnamespace AND NOT p.prosecdef AND p.provolatile = 'v'
    AND p.proname ~ '(job|queue|campaign|lane|mark|domain_range)' AND p.proname !~ '^_'$$, 'each function that writes jobs runs as their owner');
SELECT * FROM finish();
ROLLBACK;
