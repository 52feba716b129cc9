-- Sequences that are behind, as after a promotion, ids that are taken, and locks that are not free at once.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(21);
-- Rows are read by their place in the table: the last one must be looked for.
SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off;
SELECT domainflow.create_queue(q) FROM unnest(ARRAY['r', 's']) AS q;
SELECT domainflow.enqueue_job(q, 'k', p_priority => p) FROM unnest(ARRAY['r', 's']) AS q, unnest(ARRAY[0, 1]) AS p;
CREATE TEMP TABLE start AS
SELECT GREATEST(i.last_value, t.last_value, m.last_value) AS start FROM domainflow.job_seq AS i, domainflow.job_token_seq AS t, domainflow.job_mark_seq AS m;
CREATE FUNCTION pg_temp.sequences(p_at bigint) RETURNS void LANGUAGE sql AS
$$SELECT setval(s, p_at) FROM unnest(ARRAY['domainflow.job_seq', 'domainflow.job_token_seq', 'domainflow.job_mark_seq']::regclass[]) AS s$$;
CREATE FUNCTION pg_temp.job(p_queue text, p_id bigint, p_pos bigint, p_token bigint DEFAULT NULL, p_priority int DEFAULT 0) RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job (queue, id, pos, status, max_attempts, keep, priority, kind, payload, created_at, run_at, token)
  VALUES (p_queue, p_id, p_pos, CASE WHEN p_pos IS NULL THEN 'waiting' WHEN p_token IS NULL THEN 'ready' ELSE 'running' END::domainflow.job_status,
          3, false, p_priority, 'k', '{}', now(), now(), p_token)$$;
CREATE FUNCTION pg_temp.crowd(p_queue text, p_priority int) RETURNS bigint LANGUAGE sql AS
$$SELECT count(pg_temp.job(p_queue, -n, -n, NULL, p_priority)::text) FROM generate_series(1001, 2001) AS n$$;
-- All sequences stand at S when rows are added: the answer, and how far beyond S it has put which of them.
CREATE FUNCTION pg_temp.ahead(p_rows text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_start bigint := (SELECT start FROM start); v_said boolean;
BEGIN
    PERFORM pg_temp.sequences(v_start);
    EXECUTE 'SELECT ' || replace(p_rows, 'S', v_start::text);
    v_said := domainflow._check_sequences();
    RAISE EXCEPTION USING ERRCODE = 'UNDO1', MESSAGE = concat_ws(' ', v_said,
        'ids ' || NULLIF((SELECT last_value - v_start FROM domainflow.job_seq), 0),
        'tokens ' || NULLIF((SELECT last_value - v_start FROM domainflow.job_token_seq), 0),
        'marks ' || NULLIF((SELECT last_value - v_start FROM domainflow.job_mark_seq), 0));
EXCEPTION WHEN SQLSTATE 'UNDO1' THEN RETURN SQLERRM;
END $$;
CREATE FUNCTION pg_temp.lane(p_opened bigint) RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job_lane (queue, priority, paused, opened) VALUES ('s', 1, false, p_opened)$$;
CREATE FUNCTION pg_temp.mark(p_n bigint) RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job_mark (spot, n, low, queue, kind, priority) VALUES (1, p_n, 1, 'r', 'x', 0)$$;
CREATE FUNCTION pg_temp.sweep(p_n bigint) RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job_sweep (spot, n, queue, swept_at, due_low, more, full_cost, head) VALUES (1, p_n, 'r', now(), now(), false, 0, 0)$$;
CREATE FUNCTION pg_temp.archived(p_id bigint) RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job_archive (queue, id, kind, priority, attempt, payload, created_at) VALUES ('r', p_id, 'k', 0, 1, '{}', now())$$;
SELECT is(pg_temp.ahead(c.rows), c.ahead, c.name) FROM (VALUES
    ('what is there is where the sequences are', 'pg_temp.job($$r$$, S, S), pg_temp.job($$r$$, -1, S, S), pg_temp.mark(S)', 'f'),
    ('a job that waits has the last id', 'pg_temp.job($$r$$, S + 1, NULL)', 't ids 1048577'),
    ('a job has the last place', 'pg_temp.job($$r$$, -1, S + 2), pg_temp.job($$r$$, -2, NULL), pg_temp.job($$r$$, -3, 1)', 't ids 1048578'),
    ('a lane has the last number', 'pg_temp.lane(S + 3)', 't ids 1048579'),
    ('a finished job has the last id', 'pg_temp.archived(1), pg_temp.archived(S + 4)', 't ids 1048580'),
    ('a running job has the last token', 'pg_temp.job($$r$$, -1, 1, S + 5)', 't tokens 1048581'),
    ('whatever stands in another queue', 'pg_temp.crowd($$r$$, 0), pg_temp.job($$s$$, -1, 1, S + 5)', 't tokens 1048581'),
    ('or in another lane', 'pg_temp.crowd($$s$$, 1), pg_temp.job($$s$$, -1, 1, S + 5)', 't tokens 1048581'),
    ('or behind it', 'pg_temp.crowd($$s$$, 0), pg_temp.job($$s$$, -1, -9999, S + 5)', 't tokens 1048581'),
    ('and deep in its lane when ids are behind', 'pg_temp.crowd($$r$$, 0), pg_temp.job($$r$$, S + 1, 1, S + 5)', 't ids 1048577 tokens 1048581'),
    ('a mark has the last number', 'pg_temp.mark(S + 6)', 't marks 1048582'),
    ('a sweep has it', 'pg_temp.sweep(S + 7)', 't marks 1048583')
    ) AS c (name, rows, ahead);

-- An id that is taken says that all sequences may be behind.
SELECT start FROM start \gset
SELECT pg_temp.sequences(:start), pg_temp.job('r', :start + 1, :start + 1, :start + 50);
SELECT cmp_ok(domainflow.enqueue_job('r', 'k'), '>', :start + 1::bigint, 'an id that is taken is not given to a job');
SELECT cmp_ok((SELECT last_value FROM domainflow.job_token_seq), '>', :start + 50::bigint, 'nor is a token');
UPDATE domainflow.job SET token = token + 5000000 WHERE id = :start + 1;
SELECT pg_temp.sequences(:start + 5000000), pg_temp.job('r', :start + 5000002, :start + 5000002), pg_temp.job('s', :start + 5000001, :start + 5000001);
SELECT cmp_ok((SELECT min(j) FROM domainflow.enqueue_jobs('r', '{k,k}', '{"1","2"}') AS j), '>', :start + 5000002::bigint, 'nor to a batch');
SELECT cmp_ok((SELECT last_value FROM domainflow.job_token_seq), '>', :start + 5000050::bigint, 'again no token');
SELECT isnt_empty($$SELECT FROM domainflow.job WHERE queue = 's' AND id = $$ || :start + 5000001, 'a job of another queue is not taken for one of the batch');
-- A batch is the first to come: no id is taken, but the last one is far above.
SELECT pg_temp.sequences(:start + 5000010), pg_temp.job('s', :start + 6000000, :start + 6000000);
DELETE FROM domainflow.job_start;
SELECT cmp_ok((SELECT min(j) FROM domainflow.enqueue_jobs('s', '{k,k}', '{"1","2"}') AS j), '>', :start + 6000000::bigint, 'a batch looks where the sequences stand');

-- Forty times a lock may be taken when a job is looked at.
CREATE SEQUENCE pg_temp.looks;
CREATE FUNCTION pg_temp.free(p_from int) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN IF nextval('pg_temp.looks') < p_from THEN RAISE lock_not_available; END IF; RETURN true; END $$;
GRANT UPDATE ON domainflow.job TO domainflow_app;
GRANT EXECUTE ON FUNCTION domainflow._lock_free_jobs TO domainflow_app;
ALTER TABLE domainflow.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY job_test ON domainflow.job TO domainflow_app USING (pg_temp.free(current_setting('job_test.free')::int));
CREATE FUNCTION pg_temp.lock() RETURNS bigint[] LANGUAGE sql SET role = domainflow_app AS
$$SELECT domainflow._lock_free_jobs('s', ARRAY[-7]::bigint[], '{ready}')$$;
SELECT pg_temp.job('s', -7, 1);
SET LOCAL job_test.free = 40;
SELECT is(pg_temp.lock(), ARRAY[-7]::bigint[], 'the fortieth time it is free');
ALTER SEQUENCE pg_temp.looks RESTART;
SET LOCAL job_test.free = 41;
SELECT throws_ok('SELECT pg_temp.lock()', '55P03', NULL, 'it is not looked at more often');
SELECT is((SELECT last_value FROM pg_temp.looks), 40::bigint, 'forty times in all');
SELECT * FROM finish();
ROLLBACK;
