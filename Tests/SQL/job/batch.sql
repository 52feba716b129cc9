-- What enqueue_jobs() and complete_jobs() refuse, and what a private helper promises when two sessions open one lane.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(8);
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', NULL, '{}')$$, 'DF202', NULL, 'no kinds');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{NULL}', '{"1"}')$$, 'DF202', NULL, 'a null kind');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{a,b}', '{"1"}')$$, 'DF201', NULL, 'fewer payloads than kinds');
SELECT throws_ok($$SELECT domainflow.enqueue_jobs('t', '{a}', '{"1"}', '{1,2}')$$, 'DF201', NULL, 'more priorities than kinds');
SELECT throws_ok($$SELECT domainflow.complete_jobs('t', NULL, '{}')$$, 'DF202', NULL, 'no ids to complete');
SELECT throws_ok($$SELECT domainflow.complete_jobs('t', '{1}', '{}')$$, 'DF201', NULL, 'ids without tokens');
SELECT lives_ok($$SELECT domainflow._open_lane('t', 0::smallint), domainflow._open_lane('t', 0::smallint)$$, 'a lane opened twice');
SELECT is((SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relname LIKE 'job\_mark\_%' AND oid NOT IN (SELECT mark FROM domainflow.job_lane)), 0::bigint,
          'leaves no mark behind');
SELECT * FROM finish();
ROLLBACK;
