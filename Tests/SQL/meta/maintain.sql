-- maintain(): each piece of the periodic work, that one that fails stops no other, and who may call it.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(20);
SELECT results_eq('SELECT task, outcome FROM domainflow.maintain()',
    $$SELECT t, 'done' FROM unnest(ARRAY['sequences', 'partitions', 'queues', 'marks', 'campaigns', 'audit', 'guards']) AS t$$, 'all pieces');
SELECT is((SELECT array_agg(task) FROM domainflow.maintain('marks')), '{marks}', 'one piece');
SELECT throws_ok($$SELECT domainflow.maintain('dishes')$$, 'DF201', NULL, 'an unknown one');
SELECT domainflow.create_queue('m', p_backoff_cap => '1 minute');
SELECT domainflow.enqueue_job('m', 'due') AS due, domainflow.enqueue_job('m', 'retry') AS retry, domainflow.enqueue_job('m', 'held') AS held \gset
SELECT count(*) FROM domainflow.claim_jobs('m', 'w', 3);
SELECT domainflow.fail_job('m', id, token, 'x') FROM domainflow.job WHERE id = :retry;
UPDATE domainflow.job SET run_at = clock_timestamp() + interval '10 years' WHERE id = :retry;
UPDATE domainflow.job SET lease_until = clock_timestamp() - interval '1 s' WHERE id = :held;
UPDATE domainflow.job SET status = 'waiting', pos = NULL, token = NULL, run_at = clock_timestamp() - interval '1 s' WHERE id = :due;
SELECT domainflow.enqueue_job('m', 'scheduled', p_run_at => clock_timestamp() + interval '10 years') AS scheduled \gset
SELECT domainflow.pause_queue('m');
SELECT cmp_ok((SELECT count FROM domainflow.maintain('queues')), '>', 0::bigint, 'a queue that nobody works on');
SELECT is((SELECT status::text FROM domainflow.job WHERE id = :due), 'ready', 'a due job is promoted');
SELECT is((SELECT status::text FROM domainflow.job WHERE id = :retry), 'ready', 'and a retry that a wrong clock had put off for years');
SELECT is((SELECT status::text FROM domainflow.job WHERE id = :held), 'ready', 'a lease that has run out is taken back');
SELECT is((SELECT status::text FROM domainflow.job WHERE id = :scheduled), 'waiting', 'what somebody wants in ten years waits');
SELECT is_empty($$SELECT * FROM domainflow.claim_jobs('m', 'w')$$, 'and a paused queue hands none out');
INSERT INTO domainflow.job_lane (queue, priority, paused, opened) SELECT queue, priority, paused, opened + 1 FROM domainflow.job_lane WHERE queue = 'm';
SELECT domainflow._set_mark('m', '', 0::smallint, NULL, 1, true), domainflow._set_mark('m', '', 0::smallint, NULL, 2, true), domainflow._set_mark('m', 'gone', 0::smallint, NULL, 2, true);
SELECT cmp_ok((SELECT count FROM domainflow.maintain('marks')), '>=', 3::bigint, 'what is left over goes');
SELECT is((SELECT count(*) FROM domainflow.job_lane WHERE queue = 'm'), 1::bigint, 'one row a lane');
SELECT is((SELECT array_agg(kind) FROM domainflow.job_mark WHERE queue = 'm'), '{""}', 'and one mark');
SELECT is((SELECT count FROM domainflow.maintain('partitions')), 0::bigint, 'no partition is made twice');
ALTER TABLE domainflow.job_mark RENAME TO elsewhere;
SELECT is((SELECT string_agg(task, ' ') FROM domainflow.maintain() WHERE outcome LIKE 'failed: 42P01 %'), 'sequences queues marks', 'a piece that fails says why');
SELECT is((SELECT outcome FROM domainflow.maintain('campaigns')), 'done', 'and stops no other');
ALTER TABLE domainflow.elsewhere RENAME TO job_mark;
CREATE OR REPLACE FUNCTION domainflow._maintain_marks() RETURNS bigint LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION USING ERRCODE = current_setting('domainflow_test.code'); END$$;
SELECT throws_ok(format($$SELECT set_config('domainflow_test.code', %L, true), domainflow.maintain()$$, code), code, NULL, 'what spoils the transaction is raised: ' || code)
  FROM unnest(ARRAY['40001', '40P01']) AS c (code);
SELECT is((SELECT string_agg(m.outcome, ', ') FROM set_config('domainflow_test.code', 'DF704', true), domainflow.maintain() AS m WHERE m.task IN ('marks', 'campaigns')), 'failed: DF704 DF704, done', 'and nothing else');
SELECT ok(has_function_privilege('domainflow_admin', 'domainflow.maintain(text)', 'EXECUTE') AND has_function_privilege('domainflow_owner', 'domainflow.maintain(text)', 'EXECUTE'), 'admin and owner call it');
SELECT ok(NOT has_function_privilege('domainflow_app', 'domainflow.maintain(text)', 'EXECUTE') AND NOT has_function_privilege('domainflow_reader', 'domainflow.maintain(text)', 'EXECUTE'), 'and no one else');
SELECT * FROM finish();
ROLLBACK;
