-- Enqueuers that draw an id that is taken, as after a promotion, and locks that are not free at once.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(9);
SELECT domainflow.create_queue(q) FROM unnest(ARRAY['r', 's']) AS q;
SELECT domainflow.enqueue_job(q, 'k') FROM unnest(ARRAY['r', 's']) AS q;
CREATE TEMP TABLE start AS
SELECT GREATEST(i.last_value, t.last_value, m.last_value) AS start FROM domainflow.job_seq AS i, domainflow.job_token_seq AS t, domainflow.job_mark_seq AS m;
CREATE FUNCTION pg_temp.sequences(p_at bigint) RETURNS void LANGUAGE sql AS
$$SELECT setval(s, p_at) FROM unnest(ARRAY['domainflow.job_seq', 'domainflow.job_token_seq', 'domainflow.job_mark_seq']::regclass[]) AS s$$;
CREATE FUNCTION pg_temp.job(p_queue text, p_id bigint, p_pos bigint, p_token bigint DEFAULT NULL) RETURNS void LANGUAGE sql AS
$$INSERT INTO domainflow.job (queue, id, pos, status, max_attempts, keep, priority, kind, payload, created_at, run_at, token)
  VALUES (p_queue, p_id, p_pos, CASE WHEN p_token IS NULL THEN 'ready' ELSE 'running' END::domainflow.job_status,
          3, false, 0, 'k', '{}', now(), now(), p_token)$$;
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

-- Forty times a lock may be taken when a job is looked at: a policy counts, so policies have to apply.
SET LOCAL row_security = on;
CREATE SEQUENCE pg_temp.looks;
CREATE FUNCTION pg_temp.free(p_from int) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN IF nextval('pg_temp.looks') < p_from THEN RAISE lock_not_available; END IF; RETURN true; END $$;
GRANT UPDATE ON domainflow.job TO domainflow_app;
GRANT EXECUTE ON FUNCTION domainflow._lock_free_jobs TO domainflow_app;
ALTER TABLE domainflow.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY job_test ON domainflow.job TO domainflow_app USING (pg_temp.free(pg_catalog.current_setting('job_test.free')::int));
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
