-- Several queues: what is done to one leaves the others as they are, and one that is new or empty is complete.
BEGIN ISOLATION LEVEL READ COMMITTED; -- drop_queue() refuses others
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(25);
SELECT domainflow.create_queue(q) FROM unnest(ARRAY['a', 'b', 'c']) AS q;
-- A place needs a mark from the 33rd on.
SELECT count(nextval('domainflow.job_seq')) FROM generate_series(1, 33);
SELECT count(*) FROM unnest(ARRAY['a', 'b', 'c']) AS q, domainflow.enqueue_jobs(q, '{k,k,k}', '{"1","2","3"}', '{0,0,5}');
SELECT count(*) FROM unnest(ARRAY['a', 'b', 'c']) AS q, domainflow.claim_jobs(q, 'w');
-- Each queue's rows, without those of the jobs' leases.
CREATE FUNCTION pg_temp.rows(p_queue text) RETURNS text LANGUAGE sql AS
$$SELECT concat_ws(' ', (SELECT q FROM domainflow.job_queue AS q WHERE q.queue = p_queue),
                   (SELECT string_agg(l::text, ' ' ORDER BY l::text) FROM domainflow.job_lane AS l WHERE l.queue = p_queue),
                   (SELECT string_agg(m::text, ' ' ORDER BY m::text) FROM domainflow.job_mark AS m WHERE m.queue = p_queue),
                   (SELECT string_agg(s::text, ' ' ORDER BY s::text) FROM domainflow.job_sweep AS s WHERE s.queue = p_queue),
                   (SELECT string_agg(j::text, ' ' ORDER BY j.id) FROM domainflow.job AS j WHERE j.queue = p_queue))$$;
CREATE TEMP TABLE before AS SELECT q, pg_temp.rows(q) AS rows FROM unnest(ARRAY['a', 'b', 'c']) AS q;
SELECT isnt_empty($$SELECT FROM domainflow.job_mark WHERE queue = 'c'$$, 'the queues have marks');

SELECT ok(domainflow.pause_queue('b'), 'the one in the middle is paused');
SELECT is((SELECT bool_and(l.paused) FROM domainflow.job_lane AS l WHERE l.queue = 'b'), true, 'with all its lanes');
SELECT ok(NOT domainflow.create_queue('b', 7, '2 s', '3 s', true, true), 'and gets settings');
SELECT results_eq($$SELECT max_attempts, backoff_base, backoff_cap, keep_finished, notify, paused FROM domainflow.job_queue WHERE queue = 'b'$$,
                  $$VALUES (7, interval '2 s', interval '3 s', true, true, true)$$, 'all of them');
SELECT is_empty($$SELECT q FROM before WHERE q <> 'b' AND rows <> pg_temp.rows(q)$$, 'the others are as they were');
SELECT ok(NOT domainflow.create_queue('c', p_max_attempts => 9), 'a setting that is given');
SELECT results_eq($$SELECT max_attempts, backoff_base, backoff_cap FROM domainflow.job_queue WHERE queue = 'c'$$,
                  $$VALUES (9, interval '1 s', interval '1 hour')$$, 'leaves the queue the others');
SELECT ctid AS place FROM domainflow.job_queue WHERE queue = 'a' \gset
SELECT ok(NOT domainflow.create_queue('a'), 'a queue that exists');
SELECT is((SELECT ctid FROM domainflow.job_queue WHERE queue = 'a'), :'place'::tid, 'is not written');

SELECT domainflow.create_queue('empty');
SELECT results_eq($$SELECT swept_at, more FROM domainflow.job_sweep WHERE queue = 'empty'$$, $$VALUES ('-infinity'::timestamptz, false)$$,
                  'a new queue is known to have no lost marks');
SELECT is_empty($$SELECT domainflow.enqueue_jobs('empty', '{}', '{}')$$, 'no jobs');
SELECT is_empty($$SELECT FROM domainflow.job_lane WHERE queue = 'empty'$$, 'open no lane');
SELECT is(domainflow.drop_queue('empty'), 0::bigint, 'nobody else''s jobs keep it');
SELECT is(domainflow.drop_queue('b', true), 3::bigint, 'three jobs go with their queue');
SELECT is(pg_temp.rows('b'), '', 'and all rows of it');
SELECT is_empty($$SELECT q FROM before WHERE q = 'a' AND rows <> pg_temp.rows(q)$$, 'none of another');
SELECT results_eq('SELECT queue FROM domainflow.queue_stats()', 'SELECT queue FROM domainflow.job_queue ORDER BY queue', 'the statistics of all, in order');
SELECT results_eq($$SELECT queue FROM domainflow.queue_stats('c')$$, $$VALUES ('c'::text)$$, 'the statistics of one');

SELECT domainflow.fail_job(q, id, token, 'no', false) FROM unnest(ARRAY['a', 'c']) AS q, domainflow.job WHERE queue = q AND status = 'running';
SELECT domainflow.fail_job('a', id, token, 'no', false) FROM domainflow.claim_jobs('a', 'w', 1);
SELECT count(*) FROM domainflow.park_jobs('a', ARRAY(SELECT id FROM domainflow.job WHERE queue = 'a'));
SELECT id AS alive FROM domainflow.job WHERE queue = 'c' AND status = 'ready' LIMIT 1 \gset
UPDATE domainflow.job SET status = 'waiting', pos = NULL, run_at = '2100-01-01' WHERE id = :alive;
SELECT is(array(SELECT d.id FROM domainflow.list_dead_jobs() AS d),
          array(SELECT id FROM domainflow.job WHERE status = 'dead' ORDER BY id DESC), 'dead jobs of all queues, the newest first');
SELECT is(array(SELECT d.id FROM domainflow.list_dead_jobs(p_limit => 2) AS d),
          array(SELECT id FROM domainflow.job WHERE status = 'dead' ORDER BY id DESC LIMIT 2), 'not more than asked for');
SELECT is((SELECT count(*) FROM domainflow.list_dead_jobs('a')), 2::bigint, 'those of one queue, without parked ones');

-- Whoever enqueues to a queue that is not there learns how to make it.
CREATE FUNCTION pg_temp.hint(p_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_hint text;
BEGIN EXECUTE p_call; RETURN NULL; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS v_hint = PG_EXCEPTION_HINT; RETURN v_hint; END $$;
SELECT matches(pg_temp.hint($$SELECT domainflow.enqueue_job('nowhere', 'k')$$), 'p_create => true', 'the hint names the argument');
SELECT ok(domainflow.enqueue_job('new', 'k', p_create => true) > 0, 'which makes the queue');
SELECT is((SELECT count(*) FROM domainflow.claim_jobs('new', 'w')), 1::bigint, 'whose job is claimed');
SELECT * FROM finish();
ROLLBACK;
