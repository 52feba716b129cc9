-- Order is that of places, ids and times, not that of the index which happens to serve a query: here the indexes that would give it are gone.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(13);
SELECT domainflow.create_queue('t');
SELECT domainflow.enqueue_job('t', 'k');
SELECT pg_sleep(0.06); -- a sweep inside a transaction that is older than 50 ms takes 100 jobs
DROP INDEX domainflow.job_lane_idx, domainflow.job_kind_idx, domainflow.job_waiting_idx;
-- Jobs whose places fall while their ids rise.
CREATE FUNCTION pg_temp.jobs(p_kind text, p_lease interval, VARIADIC p_pos bigint[]) RETURNS void LANGUAGE sql AS $$
INSERT INTO domainflow.job (queue, id, pos, status, run_at, created_at, priority, kind, payload, attempt, max_attempts, keep, lease_until, worker, token)
SELECT 't', nextval('domainflow.job_seq'), pos, CASE WHEN p_lease IS NULL THEN 'ready' ELSE 'running' END::domainflow.job_status, now(), now(), 0, p_kind, '{}', 1, 2, false,
       clock_timestamp() + p_lease, 'w', CASE WHEN p_lease IS NOT NULL THEN 1 END FROM unnest(p_pos) WITH ORDINALITY AS p (pos, number) ORDER BY number $$;
CREATE FUNCTION pg_temp.clean(p_ago interval) RETURNS void LANGUAGE sql AS $$
DELETE FROM domainflow.job; DELETE FROM domainflow.job_mark; DELETE FROM domainflow.job_sweep;
INSERT INTO domainflow.job_sweep VALUES (hashtextextended('t', 0), 1, 't', clock_timestamp() - p_ago, clock_timestamp(), false, clock_timestamp() - p_ago, 1, 0) $$;
CREATE FUNCTION pg_temp.range(p_from int, p_count int) RETURNS bigint[] LANGUAGE sql AS $$SELECT array_agg(p_from + p_count - i::bigint ORDER BY i) FROM generate_series(1, p_count) AS i$$;
CREATE FUNCTION pg_temp.claim(p_limit int, p_kinds text[] DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(j.pos::text, ' ' ORDER BY j.pos) FROM domainflow.claim_jobs('t', 'w', p_limit, '1 min', p_kinds) AS c JOIN domainflow.job AS j USING (id) $$;

SELECT pg_temp.clean('0'), pg_temp.jobs('b', NULL, VARIADIC pg_temp.range(1, 6)), pg_temp.jobs('a', NULL, 9, 8, 7);
SELECT is(pg_temp.claim(1), '1', 'a claim takes the oldest job');
SELECT is(pg_temp.claim(2), '2 3', 'a claim of two the next');
SELECT is(pg_temp.claim(2, ARRAY['b']), '4 5', 'a claim by kind as well');
SELECT pg_temp.jobs('b', NULL, 20);
SELECT is(pg_temp.claim(1, ARRAY['a', 'b']), '6', 'and of two kinds that with the oldest job');
SELECT pg_temp.clean('0'), pg_temp.jobs('a', NULL, 30, 12), pg_temp.jobs('b', NULL, 20);
SELECT is(pg_temp.claim(1, ARRAY['a', 'b']), '12', 'whatever other jobs it has');

SELECT pg_temp.clean('1 hour'), pg_temp.jobs('due', NULL, 3, 2, 1);
UPDATE domainflow.job SET status = 'waiting', run_at = clock_timestamp() - make_interval(secs => 9 - pos), pos = NULL, attempt = pos;
SELECT domainflow._sweep_queue('t', true);
SELECT is((SELECT string_agg(attempt::text, ' ' ORDER BY pos) FROM domainflow.job), '1 2 3', 'a sweep promotes in the order in which jobs became due');
-- What a full sweep sees of a lane, and by the mark of a kind: 300 jobs of 311, of which the first has the highest id.
CREATE FUNCTION pg_temp.far(p_kind text, p_lease interval, p_pos bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.clean('1 hour'), pg_temp.jobs('a', '1 minute', VARIADIC pg_temp.range(302, 310)), pg_temp.jobs('a', NULL, 900), pg_temp.jobs('a', p_lease, p_pos);
    IF p_kind <> '' THEN PERFORM pg_temp.jobs('b', '1 minute', VARIADIC pg_temp.range(1, 300)), domainflow._set_mark('t', p_kind, 0::smallint, NULL, 300, true); END IF;
    UPDATE domainflow.job_sweep SET full_cost = 0;
    PERFORM domainflow._sweep_queue('t', true);
    RETURN concat((SELECT status FROM domainflow.job WHERE pos = p_pos), ' ', (SELECT low FROM domainflow.job_mark WHERE kind = p_kind ORDER BY n DESC LIMIT 1));
END $$;
SELECT is(pg_temp.far('', '-1 s', 301), 'ready 300', 'it looks at the beginning of a lane');
SELECT is(pg_temp.far('', NULL, 800), 'ready 799', 'and finds its oldest ready job');
SELECT is(pg_temp.far('a', '-1 s', 301), 'ready 300', 'and of a kind');
SELECT is(pg_temp.far('a', NULL, 800), 'ready 799', 'likewise');
-- Below the marks all leases that have run out are seen. The lane and then the kind takes a hundred back.
SELECT pg_temp.clean('1 hour'), pg_temp.jobs('a', '-1 s', VARIADIC pg_temp.range(1, 202)), domainflow._set_mark('t', '', 0::smallint, NULL, 5000, true);
SELECT domainflow._set_mark('t', 'a', 0::smallint, NULL, 5000, true); UPDATE domainflow.job_sweep SET full_cost = 0;
SELECT domainflow._sweep_queue('t', true);
SELECT is((SELECT string_agg(pos::text, ' ' ORDER BY pos) FROM domainflow.job WHERE status = 'running'), '201 202', 'of many leases it takes those back that stand first');

-- The sequence of tokens is put ahead of jobs at the beginning of a lane.
SELECT pg_temp.clean('0'), pg_temp.jobs('a', NULL, VARIADIC pg_temp.range(2, 1001)), pg_temp.jobs('a', '1 minute', 1);
UPDATE domainflow.job SET token = 5000000 WHERE pos = 1;
SELECT setval('domainflow.job_token_seq', 1);
SELECT domainflow._check_sequences();
SELECT cmp_ok(pg_sequence_last_value('domainflow.job_token_seq'), '>', 5000000::bigint, 'tokens are looked for where running jobs stand');

-- Jobs are locked in the order of their ids.
ALTER TABLE domainflow.job DROP CONSTRAINT job_pkey;
SELECT pg_temp.clean('0'), pg_temp.jobs('a', NULL, 1, 2, 3); UPDATE domainflow.job SET id = 10 - pos;
SELECT is(domainflow._lock_free_jobs('t', ARRAY[7, 9, 8], ARRAY['ready']::domainflow.job_status[]), ARRAY[7, 8, 9]::bigint[], 'jobs that are to be parked');
SELECT * FROM finish();
ROLLBACK;
