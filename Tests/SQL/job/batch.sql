-- What enqueue_jobs() and complete_jobs() refuse, bounds, and ids of a sequence that is behind.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(22);
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', NULL, '{}')$$, 'DF202', NULL, 'no kinds');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', ARRAY[NULL], '{"1"}')$$, 'DF202', NULL, 'a null kind');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{a,b}', '{"1"}')$$, 'DF201', NULL, 'fewer payloads than kinds');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{a}', '{"1"}', '{1,2}')$$, 'DF201', NULL, 'more priorities than kinds');
SELECT throws_ok($$SELECT domainflow.complete_jobs('t', NULL, '{}')$$, 'DF202', NULL, 'no ids to complete');
SELECT throws_ok($$SELECT domainflow.complete_jobs('t', '{1}', '{}')$$, 'DF201', NULL, 'ids without tokens');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{a}', '{"1"}')$$, 'DF301', NULL, 'no such queue');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{}', '{}')$$, 'DF301', NULL, 'not even for no job');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{a}', '{"1"}', p_create => NULL)$$, 'DF202', NULL, 'a null flag');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{a}', '{"1"}', '{40000}')$$, 'DF204', NULL, 'a priority out of bounds');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{a,""}', '{"1","2"}')$$, 'DF204', NULL, 'an empty kind');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{a}', '{"1"}', NULL, '{infinity}')$$, 'DF204', NULL, 'never');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', ARRAY['a'], ARRAY[to_jsonb(repeat('x', 1100000))])$$, 'DF204', NULL, 'a payload of over 1 MiB');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', array_fill('a'::text, '{500001}'), array_fill('1'::jsonb, '{500001}'))$$, 'DF204', NULL, 'over 500000 jobs');
SELECT throws_ok($$SELECT domainflow.complete_jobs('t', array_fill(1::bigint, '{500001}'), array_fill(1::bigint, '{500001}'))$$, 'DF204', NULL, 'also at the end');

-- A subscriber that was promoted: it has the rows, and its sequences stand where the schema was copied.
SELECT ok(domainflow.create_queue('s'), 'a queue');
SELECT count(*) FROM domainflow.enqueue_jobs('s', '{a,b,c}', '{"1","2","3"}');
SELECT max(id) AS top FROM domainflow.job \gset
SELECT token AS old FROM domainflow.claim_jobs('s', 'w') \gset
UPDATE domainflow.job SET token = 5000 WHERE status = 'running';
SELECT setval('domainflow.job_seq', 1, false), setval('domainflow.job_token_seq', 1, false);
DELETE FROM domainflow.job_start; DELETE FROM domainflow.job_sweep; DELETE FROM domainflow.job_mark;
SELECT cmp_ok(domainflow.enqueue_job('s', 'd'), '>', :top::bigint, 'the next id is above all others');
SELECT cmp_ok((SELECT token FROM domainflow.claim_jobs('s', 'w')), '>', 5000::bigint, 'and the next token');
SELECT setval('domainflow.job_seq', :top - 2);
SELECT cmp_ok(domainflow.enqueue_job('s', 'e'), '>', :top::bigint, 'an id that is taken is not given again');
SELECT setval('domainflow.job_seq', :top - 2);
SELECT cmp_ok((SELECT min(j) FROM domainflow.enqueue_jobs('s', '{a,b,c}', '{"1","2","3"}') AS j), '>', :top::bigint, 'nor any of a batch');
SELECT is((SELECT count(*) FROM domainflow.job WHERE queue = 's'), 8::bigint, 'no job is lost or doubled');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('s', '{{a},{b}}', '{{"1"},{"2"}}')$$, 'DF201', NULL, 'arrays of two dimensions');

SELECT * FROM finish();
ROLLBACK;
