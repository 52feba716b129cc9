-- _rescue_jobs(), rescue_jobs(), _lock_free_jobs() and _maintain_queues(): which jobs each of them takes, out of a set that has one of each sort.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(20);
SELECT domainflow.create_queue('t', p_max_attempts => 2, p_backoff_cap => '1 minute'), domainflow.create_queue('u', p_backoff_cap => '1 hour');
SELECT count(*) FROM domainflow.maintain('queues');
-- Running jobs by the end of their lease, all of the second of p_attempts; others have no lease.
CREATE FUNCTION pg_temp.job(p_queue text, p_kind text, p_status domainflow.job_status, p_lease interval DEFAULT NULL, p_attempts int DEFAULT 3) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_id bigint := domainflow.enqueue_job(p_queue, p_kind, p_max_attempts => p_attempts);
BEGIN
    UPDATE domainflow.job SET status = p_status, attempt = 2, lease_until = clock_timestamp() + p_lease, token = CASE p_status WHEN 'running' THEN 7 END, worker = 'w',
           pos = CASE WHEN p_status IN ('ready', 'running') THEN v_id END, run_at = CASE WHEN p_status IN ('dead', 'parked') THEN 'infinity' ELSE run_at END WHERE queue = p_queue AND id = v_id;
    RETURN v_id;
END $$;
CREATE FUNCTION pg_temp.fill() RETURNS void LANGUAGE sql AS $$
DELETE FROM domainflow.job; DELETE FROM domainflow.job_mark;
SELECT pg_temp.job('t', 'out', 'running', '-1 s'), pg_temp.job('t', 'last', 'running', '-1 s', 2), pg_temp.job('t', 'ahead', 'running', '26 hours'), pg_temp.job('t', 'held', 'running', '1 minute'),
       pg_temp.job('t', 'day', 'running', '24 hours'), pg_temp.job('t', 'ready', 'ready'), pg_temp.job('t', 'waiting', 'waiting'), pg_temp.job('t', 'parked', 'parked'), pg_temp.job('t', 'dead', 'dead'),
       pg_temp.job('t', 'unasked', 'running', '-1 s'), pg_temp.job('u', 'other', 'running', '-1 s') $$;
CREATE FUNCTION pg_temp.ids(p_but text DEFAULT '') RETURNS bigint[] LANGUAGE sql AS $$SELECT array_agg(id ORDER BY id) FROM domainflow.job WHERE kind <> p_but$$;
CREATE FUNCTION pg_temp.kinds(p_ids bigint[]) RETURNS text LANGUAGE sql AS $$SELECT string_agg(j.kind, ' ' ORDER BY i.number) FROM unnest(p_ids) WITH ORDINALITY AS i (id, number) JOIN domainflow.job AS j USING (id)$$;

SELECT pg_temp.fill();
SELECT results_eq($$SELECT pg_temp.kinds(ARRAY[id]), outcome FROM domainflow._rescue_jobs('t', pg_temp.ids('unasked')) ORDER BY id$$,
                  $$VALUES ('out', 'retry'), ('last', 'dead'), ('ahead', 'retry')$$, 'leases that have run out, of the jobs and the queue that were asked for');
SELECT results_eq($$SELECT kind, status::text, pos IS NULL, run_at = 'infinity', num_nulls(token, lease_until, worker) FROM domainflow.job WHERE kind IN ('out', 'last', 'ahead') ORDER BY id$$,
                  $$VALUES ('out', 'ready', false, false, 3), ('last', 'dead', true, true, 3), ('ahead', 'ready', false, false, 3)$$, 'they have no worker any more');
SELECT is((SELECT string_agg(kind, ' ' ORDER BY id) FROM domainflow.job WHERE status = 'running'), 'held day unasked other', 'others keep theirs');
SELECT is((SELECT string_agg(kind, ' ') FROM domainflow.job WHERE kind NOT IN ('out', 'last', 'ahead') AND xmax::text <> '0'), NULL, 'and are not even locked');

SELECT pg_temp.fill();
SELECT results_eq($$SELECT queue, pg_temp.kinds(ARRAY[id]), outcome FROM domainflow.rescue_jobs('t') ORDER BY id$$,
                  $$VALUES ('t', 'out', 'retry'), ('t', 'last', 'dead'), ('t', 'ahead', 'retry'), ('t', 'unasked', 'retry')$$, 'a whole queue');
SELECT results_eq($$SELECT queue, pg_temp.kinds(ARRAY[id]), outcome FROM domainflow.rescue_jobs()$$, $$VALUES ('u', 'other', 'retry')$$, 'and all others');
SELECT is_empty('SELECT * FROM domainflow.rescue_jobs()', 'once');
SELECT pg_temp.fill();
SELECT domainflow._set_mark('t', '', 0::smallint, NULL, max(id), true), domainflow._set_mark('t', 'out', 0::smallint, NULL, max(id), true) FROM domainflow.job;
UPDATE domainflow.job_sweep SET swept_at = clock_timestamp(), full_at = clock_timestamp(), full_cost = 1;
SELECT count(*) FROM domainflow.rescue_jobs('t');
SELECT is((SELECT kind FROM domainflow.claim_jobs('t', 'w')), 'out', 'the next claim sees what was rescued');

-- Jobs in one of the states, or that run under the token, in the order of their ids.
SELECT pg_temp.fill(); UPDATE domainflow.job SET token = 8 WHERE kind IN ('held', 'last');
UPDATE domainflow.job SET token = 7 WHERE kind = 'dead';
SELECT is(pg_temp.kinds(domainflow._lock_free_jobs('t', ids, statuses::domainflow.job_status[], token)), found, name)
  FROM (VALUES (pg_temp.ids(), '{ready,waiting}', NULL, 'ready waiting', 'in two states'), (pg_temp.ids('ready'), '{ready,waiting}', NULL, 'waiting', 'of the given ones'),
               (pg_temp.ids(), '{parked}', 7, 'out ahead day parked unasked', 'or under the token, those that run'), (pg_temp.ids(), '{parked}', 9, 'parked', 'under a token that nobody has'),
               (pg_temp.ids(), '{}', NULL, NULL, 'none')) AS v (ids, statuses, token, found, name);

-- Retries that are further away than any backoff of their queue, and a minute.
DELETE FROM domainflow.job;
SELECT pg_temp.job(queue, kind, status::domainflow.job_status) FROM (VALUES ('t', 'far', 'waiting'), ('t', 'near', 'waiting'), ('t', 'new', 'waiting'), ('t', 'parked', 'parked'), ('t', 'dead', 'dead'),
       ('t', 'ready', 'ready'), ('u', 'far', 'waiting'), ('u', 'near', 'waiting')) AS v (queue, kind, status);
UPDATE domainflow.job SET attempt = CASE kind WHEN 'new' THEN 0 ELSE 1 END,
       run_at = clock_timestamp() + CASE queue || kind WHEN 'tnear' THEN interval '100 s' WHEN 'unear' THEN '50 minutes' ELSE '2 hours' END WHERE status IN ('waiting', 'ready');
SELECT is((SELECT count FROM domainflow.maintain('queues')), 2::bigint, 'one round for each queue finds something');
SELECT is((SELECT string_agg(concat(queue, kind), ' ' ORDER BY id) FROM domainflow.job WHERE status = 'ready'), 'tfar tready ufar', 'retries that were too far away are brought back');
SELECT is((SELECT string_agg(concat(queue, kind), ' ' ORDER BY id) FROM domainflow.job WHERE run_at BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 day'), 'tnear tnew tready unear', 'no other time is changed');
SELECT is((SELECT string_agg(concat(queue, kind), ' ' ORDER BY id) FROM domainflow.job WHERE run_at = 'infinity'), 'tparked tdead', 'nor those that never come');
SELECT is((SELECT count FROM domainflow.maintain('queues')), 0::bigint, 'then there is nothing left to find');

-- A wait for a lock ends with an error; forty of them are one too many. As if the table were locked for so many tries.
DELETE FROM domainflow.job;
SELECT pg_temp.job('t', 'ready', 'ready') AS id \gset
ALTER TABLE domainflow.job RENAME TO job_stored;
CREATE TEMP SEQUENCE tries;
CREATE FUNCTION pg_temp.locked(p_tries int) RETURNS void LANGUAGE sql AS $$SELECT set_config('domainflow_test.tries', p_tries::text, true), setval('pg_temp.tries', 1, false)$$;
CREATE FUNCTION pg_temp.is_free() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('pg_temp.tries') <= current_setting('domainflow_test.tries')::int THEN RAISE lock_not_available; END IF;
    RETURN true;
END $$;
CREATE VIEW domainflow.job AS SELECT * FROM domainflow.job_stored WHERE pg_temp.is_free();
SELECT pg_temp.locked(39);
SELECT is(domainflow._lock_free_jobs('t', ARRAY[:id], ARRAY['ready']::domainflow.job_status[]), ARRAY[:id]::bigint[], 'locked for 39 tries');
SELECT pg_temp.locked(40);
SELECT throws_ok(format('SELECT domainflow._lock_free_jobs(%L, ARRAY[%s], ARRAY[%L]::domainflow.job_status[])', 't', :id, 'ready'), '55P03', NULL, 'locked for 40');
SELECT * FROM finish();
ROLLBACK;
