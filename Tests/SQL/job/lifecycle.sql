-- From claim to end: heartbeat, complete, fail, release, park, cancel, requeue; and that none of them obeys a stale token.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(59);
SELECT domainflow.create_queue('t', p_max_attempts => 3, p_backoff_base => '10 s', p_backoff_cap => '15 s');
CREATE FUNCTION pg_temp.run(p_kind text) RETURNS TABLE (id bigint, token bigint) LANGUAGE sql AS
$$SELECT c.id, c.token FROM domainflow.claim_jobs('t', 'w', 1, '1 min', ARRAY[p_kind]) AS c$$;
CREATE FUNCTION pg_temp.look(p_id bigint) RETURNS text LANGUAGE sql AS
$$SELECT concat_ws(' ', j.status, j.attempt, CASE WHEN j.pos IS NULL THEN 'out' ELSE 'in' END, j.last_error) FROM domainflow.job AS j WHERE j.id = p_id$$;

SELECT domainflow.enqueue_job('t', 'a') AS a \gset
SELECT id, token FROM pg_temp.run('a') \gset
SELECT is(array(SELECT domainflow.heartbeat_jobs('t', ARRAY[:a, 0], :token, '5 min')), ARRAY[:a]::bigint[], 'a heartbeat says what is held');
SELECT ok((SELECT lease_until > clock_timestamp() + interval '4 min' FROM domainflow.job WHERE id = :a), 'and extends the lease');
SELECT is_empty($$SELECT domainflow.heartbeat_jobs('t', ARRAY[$$ || :a || $$], $$ || :token - 1 || $$)$$, 'not with a stale token');
SELECT ok(NOT domainflow.complete_job('t', :a, :token - 1), 'nor does complete');
SELECT ok(NOT domainflow.complete_job('u', :a, :token), 'nor in another queue');
SELECT is(domainflow.fail_job('t', :a, :token - 1, 'x'), 'stale', 'nor fail');
SELECT is_empty($$SELECT domainflow.release_jobs('t', ARRAY[$$ || :a || $$], $$ || :token - 1 || $$)$$, 'nor release');
SELECT is_empty($$SELECT domainflow.park_jobs('t', ARRAY[$$ || :a || $$], $$ || :token - 1 || $$)$$, 'nor park');
SELECT is_empty($$SELECT domainflow.cancel_jobs('t', ARRAY[$$ || :a || $$])$$, 'a running job is not cancelled');
SELECT is(pg_temp.look(:a), 'running 1 in', 'all that changed nothing');
SELECT throws_ok($$SELECT domainflow.heartbeat_jobs('t', NULL, 1)$$, 'DF202', NULL, 'a heartbeat for nothing');
SELECT throws_ok($$SELECT domainflow.heartbeat_jobs('t', '{1}', 1, '0')$$, 'DF204', NULL, 'a lease of nothing');
SELECT throws_ok($$SELECT domainflow.heartbeat_jobs('t', '{1}', 1, '178000000 years')$$, 'DF204', NULL, 'a lease that cannot be added to a time');

SELECT is(array(SELECT domainflow.release_jobs('t', ARRAY[:a]::bigint[], :token)), ARRAY[:a]::bigint[], 'released');
SELECT is(pg_temp.look(:a), 'ready 0 in', 'without burning an attempt, in its place');
SELECT id, token FROM pg_temp.run('a') \gset
SELECT is(domainflow.fail_job('t', :a, :token, 'no luck'), 'retry', 'a first failure');
SELECT is(pg_temp.look(:a), 'waiting 1 out no luck', 'waits');
SELECT ok((SELECT run_at - clock_timestamp() BETWEEN interval '4 s' AND interval '10 s' FROM domainflow.job WHERE id = :a), 'for half to all of the base');
SELECT is(domainflow.fail_job('t', :a, :token, 'again'), 'stale', 'a failure counts once');
SELECT ok(NOT domainflow.complete_job('t', :a, :token), 'and the worker is out');

-- Due now: a sweep puts it back into the lane.
CREATE FUNCTION pg_temp.due(p_id bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    UPDATE domainflow.job SET run_at = clock_timestamp() - interval '1 s' WHERE id = p_id;
    UPDATE domainflow.job_sweep SET swept_at = swept_at - interval '1 hour', full_at = full_at - interval '1 hour';
    RETURN domainflow._sweep_queue('t', true); END $$;
SELECT ok(pg_temp.due(:a), 'when it is due');
SELECT id, token FROM pg_temp.run('a') \gset
SELECT is(pg_temp.look(:a), 'running 2 in no luck', 'it runs a second time');
SELECT is(domainflow.fail_job('t', :a, :token, NULL), 'retry', 'and fails');
SELECT ok((SELECT run_at - clock_timestamp() BETWEEN interval '7 s' AND interval '15 s' FROM domainflow.job WHERE id = :a), 'the wait doubles up to the cap');
SELECT pg_temp.due(:a);
SELECT id, token FROM pg_temp.run('a') \gset
SELECT is(domainflow.fail_job('t', :a, :token, 'enough'), 'dead', 'the third failure is the last');
SELECT is(pg_temp.look(:a), 'dead 3 out enough', 'dead, and out of the lane');
SELECT ok(NOT pg_temp.due(0), 'a sweep leaves the dead alone');
SELECT is(array(SELECT domainflow.requeue_jobs('t', ARRAY[:a]::bigint[])), ARRAY[:a]::bigint[], 'until it is requeued');
SELECT is(pg_temp.look(:a), 'ready 0 in enough', 'with its attempts counted from zero');
SELECT is_empty($$SELECT domainflow.requeue_jobs('t', ARRAY[$$ || :a || $$])$$, 'once');
SELECT id, token FROM pg_temp.run('a') \gset
SELECT is(domainflow.fail_job('t', :a, :token, 'hopeless', false), 'dead', 'a failure that no retry can help');
SELECT is(array(SELECT domainflow.cancel_jobs('t', ARRAY[:a]::bigint[])), ARRAY[:a]::bigint[], 'a dead job is removed');

SELECT domainflow.enqueue_job('t', 'b') AS b, domainflow.enqueue_job('t', 'c', p_run_at => now() + interval '1 day') AS c \gset
SELECT is(array(SELECT domainflow.park_jobs('t', ARRAY[:b, :c]::bigint[]) ORDER BY 1), ARRAY[:b, :c]::bigint[], 'ready and waiting jobs are parked');
SELECT is_empty($$SELECT * FROM pg_temp.run('b')$$, 'and not claimed');
SELECT is(pg_temp.look(:b), 'parked 0 out', 'they are out of the lane');
SELECT is(array(SELECT domainflow.unpark_jobs('t', ARRAY[:b, :c]::bigint[]) ORDER BY 1), ARRAY[:b, :c]::bigint[], 'unparked');
SELECT results_eq($$SELECT status::text, pos IS NULL, run_at > now() + interval '23 hours', due_at FROM domainflow.job WHERE id = $$ || :c,
                  $$VALUES ('waiting', true, true, NULL::timestamptz)$$, 'one that waited for its time waits for it again');
SELECT id, token FROM pg_temp.run('b') \gset
SELECT is(:id::bigint, :b::bigint, 'and claimed');
SELECT is_empty($$SELECT domainflow.park_jobs('t', ARRAY[$$ || :b || $$])$$, 'a running job is parked with its token only');
SELECT is(array(SELECT domainflow.park_jobs('t', ARRAY[:b]::bigint[], :token)), ARRAY[:b]::bigint[], 'a worker parks what it must not do now');
SELECT is(pg_temp.look(:b), 'parked 0 out', 'without burning an attempt');
SELECT is(array(SELECT domainflow.cancel_jobs('t', ARRAY[:b, :c]::bigint[]) ORDER BY 1), ARRAY[:b, :c]::bigint[], 'parked and ready jobs are cancelled');

SELECT domainflow.create_queue('k', p_keep_finished => true);
SELECT domainflow.enqueue_job('k', 'kept', '{"n": 1}') AS k1, domainflow.enqueue_job('k', 'kept') AS k2, domainflow.enqueue_job('k', 'kept') AS k3 \gset
SELECT token FROM domainflow.claim_jobs('k', 'w', 3) LIMIT 1 \gset
SELECT ok(domainflow.complete_job('k', :k1, :token, '{"r": 2}'), 'a kept job is completed');
SELECT ok(NOT domainflow.complete_job('k', :k1, :token), 'once');
SELECT results_eq($$SELECT id, payload, result, worker, attempt FROM domainflow.job_archive WHERE queue = 'k'$$,
                  $$VALUES ($$ || :k1 || $$::bigint, '{"n": 1}'::jsonb, '{"r": 2}'::jsonb, 'w', 1)$$, 'and archived with its result');
SELECT is(array(SELECT domainflow.complete_jobs('k', ARRAY[:k3, :k2, :k1]::bigint[], ARRAY[:token, :token, :token]::bigint[])), ARRAY[:k2, :k3]::bigint[], 'a batch says which were held');
SELECT is((SELECT count(*) FROM domainflow.job_archive WHERE queue = 'k'), 3::bigint, 'and archives them');
SELECT is((SELECT count(*) FROM domainflow.job WHERE queue = 'k'), 0::bigint, 'none is left');

SELECT domainflow.enqueue_job('t', 'd') AS d1, domainflow.enqueue_job('t', 'd') AS d2 \gset
SELECT token FROM domainflow.claim_jobs('t', 'w', 2) LIMIT 1 \gset
SELECT is(array(SELECT domainflow.complete_jobs('t', ARRAY[:d1, :d2]::bigint[], ARRAY[:token, :token - 1]::bigint[])), ARRAY[:d1]::bigint[], 'a batch checks each token');
SELECT results_eq($$SELECT ready, waiting, running, parked, dead, expired FROM domainflow.queue_stats('t')$$,
                  $$VALUES (0::bigint, 0::bigint, 1::bigint, 0::bigint, 0::bigint, 0::bigint)$$, 'the statistics of a queue');
SELECT is((SELECT count(*) FROM domainflow.queue_stats() WHERE queue IN ('t', 'k')), 2::bigint, 'and of all');
SELECT ok(domainflow.complete_job('t', :d2, :token), 'done');
SELECT is((SELECT count(*) FROM domainflow.job WHERE queue = 't'), 0::bigint, 'and gone');
SELECT is_empty($$SELECT domainflow.unpark_jobs('t', '{}')$$, 'nothing to unpark');
SELECT is_empty($$SELECT domainflow.release_jobs('t', '{}', 1)$$, 'nothing to release');
SELECT is(domainflow.fail_job('nowhere', 1, 1, 'x'), 'stale', 'an unknown queue');
-- A value that comes straight from a table may be stored compressed, and a column of it be small.
CREATE TEMP TABLE large AS SELECT jsonb_build_object('x', repeat('x', 2000000)) AS value;
SELECT cmp_ok((SELECT pg_column_size(value) FROM large), '<', 1048576, 'a large value that is stored compressed');
SELECT throws_ok($$SELECT domainflow.enqueue_job('t', 'large', value) FROM large$$, 'DF204', NULL, 'is as large a payload as any');
SELECT throws_ok($$SELECT domainflow.complete_job('t', 1, 1, value) FROM large$$, 'DF204', NULL, 'and as large a result');

SELECT * FROM finish();
ROLLBACK;
