-- A campaign's life: creation, ranges, start, work, pause, resume, completion, cancelling, failing, its trail and its invariants.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(81);
\set a '''a0000000-0000-0000-0000-000000000000'''
\set b '''b0000000-0000-0000-0000-000000000000'''
\set none '''f0000000-0000-0000-0000-000000000000'''
\set pattern '''{"charset": "abc", "length": 3, "tlds": ["com"]}'''
SET LOCAL domainflow.correlation_id = 'trail';
CREATE FUNCTION pg_temp.violations() RETURNS bigint LANGUAGE sql AS $$SELECT sum(violations) FROM domainflow.campaign_invariants()$$;
CREATE FUNCTION pg_temp.work(p_id uuid) RETURNS SETOF domainflow.campaign_job_result LANGUAGE sql AS
$$SELECT p.* FROM domainflow.claim_jobs('campaign', 'w') AS c CROSS JOIN LATERAL domainflow.process_campaign_job(p_id, c.id, c.token, 'w') AS p$$;
CREATE FUNCTION pg_temp.states(p_id uuid) RETURNS text LANGUAGE sql AS
$$SELECT concat_ws(' ', status, business_status, allocated, generated, jobs_ready, jobs_running, jobs_parked) FROM domainflow.campaign_status(p_id)$$;

SELECT results_eq($$SELECT total, batch_size, user_id, correlation_id FROM domainflow.create_campaign($$ || quote_literal(:a) || $$, 'first', '{"charset": "abc", "length": 3, "tlds": ["com"]}', 5, 'ann')$$,
    $$VALUES (27::bigint, 5, 'ann', 'trail')$$, 'a campaign of 27 names');
SELECT is(pg_temp.states(:a), 'draft new 0 0 0 0 0', 'with its states and its generator');
SELECT throws_ok(format($$SELECT domainflow.create_campaign(%L, 'x', %L)$$, :a, :pattern), 'DF302', NULL, 'an id that is taken');
SELECT throws_ok(format($$SELECT domainflow.create_campaign(NULL, 'x', %L)$$, :pattern), 'DF202', NULL, 'no id');
SELECT throws_ok(format($$SELECT domainflow.create_campaign(%L, '', %L)$$, :b, :pattern), 'DF204', NULL, 'no name');
SELECT throws_ok(format($$SELECT domainflow.create_campaign(%L, 'x', %L, 0)$$, :b, :pattern), 'DF204', NULL, 'no batch');
SELECT throws_ok(format($$SELECT domainflow.create_campaign(%L, 'x', '{"charset": "aa", "length": 1, "tlds": ["com"]}')$$, :b), 'DF201', NULL, 'a bad pattern');
SELECT is_empty(format('SELECT * FROM domainflow.campaign_status(%L)', :b), 'leaves nothing behind');

SELECT is((domainflow.pause_campaign(:a)).error_code, 'BIZ_INVALID_TRANSITION', 'a draft cannot be paused');
SELECT is((domainflow.resume_campaign(:a)).error_code, 'BIZ_INVALID_TRANSITION', 'nor resumed');
SELECT is((domainflow.start_campaign(:none)).error_code, 'RES_NOT_FOUND', 'an unknown campaign');
SELECT throws_ok('SELECT domainflow.start_campaign(NULL)', 'DF202', NULL, 'no campaign');
SELECT throws_ok(format('SELECT domainflow.start_campaign(%L, p_window => 0)', :a), 'DF204', NULL, 'no window');
SELECT is(domainflow.start_campaign(:a, 'ann', 'go', 2), ROW(true, 'draft', 'running', 3, NULL, NULL)::domainflow.transition_result, 'started');
SELECT is(pg_temp.states(:a), 'running generating 10 0 2 0 0', 'with a window of jobs');
SELECT is((domainflow.start_campaign(:a)).error_code, 'BIZ_INVALID_TRANSITION', 'once');
SELECT is(pg_temp.violations(), 0::numeric::bigint, 'every invariant holds');

SELECT results_eq(format('SELECT outcome, range_start, range_end, generated, next_job_id IS NOT NULL, campaign_status FROM pg_temp.work(%L)', :a),
    $$VALUES ('done', 0::bigint, 5::bigint, 5::bigint, true, 'running')$$, 'a job makes five names and the next job');
SELECT is(pg_temp.states(:a), 'running generating 15 5 2 0 0', 'so the window stays full');
SELECT results_eq('SELECT domain_offset, name, transaction_id, correlation_id FROM domainflow.generated_domain ORDER BY 1 LIMIT 2',
    $$VALUES (0::bigint, 'aaa.com', pg_current_xact_id(), 'trail'), (1, 'aab.com', pg_current_xact_id(), 'trail')$$, 'names with their transaction');
SELECT id, token FROM domainflow.claim_jobs('campaign', 'w') \gset
SELECT is((domainflow.process_campaign_job(:a, :id, :token + 1, 'x')).outcome, 'stale', 'a stale token');
SELECT throws_ok(format('SELECT domainflow.process_campaign_job(%L, %s, %s, %L)', :b, :id, :token, 'w'), 'DF201', NULL, 'a job of another campaign');

SELECT ok((domainflow.pause_campaign(:a, 'bob')).success, 'paused');
SELECT is(pg_temp.states(:a), 'paused generating 15 5 0 1 1', 'ready jobs are parked, claimed ones still run');
SELECT is((domainflow.process_campaign_job(:a, :id, :token, 'w')).outcome, 'parked', 'a job that was claimed before is parked by its worker');
SELECT is(pg_temp.states(:a), 'paused generating 15 5 0 0 2', 'now all are');
SELECT is((SELECT array_agg(DISTINCT attempt) FROM domainflow.job WHERE queue = 'campaign'), '{0}', 'and no attempt is burnt');
SELECT is_empty(format('SELECT * FROM pg_temp.work(%L)', :a), 'there is nothing to claim');
SELECT is(pg_temp.violations(), 0::bigint, 'every invariant holds');
SELECT is((domainflow.resume_campaign(:a)).to_state, 'running', 'resumed');
SELECT is(pg_temp.states(:a), 'running generating 15 5 2 0 0', 'and unparked');

-- Claimed while paused, looked at when it runs again: back into the lane.
SELECT id, token FROM domainflow.claim_jobs('campaign', 'w') \gset
SELECT is((domainflow._put_back_campaign_job(:a, :id, :token)).outcome, 'parked', 'a job whose campaign was resumed meanwhile');
SELECT is(pg_temp.states(:a), 'running generating 15 5 2 0 0', 'is ready again');

SELECT id, token FROM domainflow.claim_jobs('campaign', 'w') \gset
SELECT throws_ok(format('SELECT domainflow.fail_campaign_job(%L, %s, %s, ''w'', ''not mine'')', gen_random_uuid(), :id, :token), 'DF201', NULL,
                 'a job of another campaign');
SELECT throws_ok(format('SELECT domainflow.fail_campaign_job(%L, %s, %s, NULL, ''who?'')', :a, :id, :token), 'DF202', NULL, 'no worker');
SELECT throws_ok(format('SELECT domainflow.fail_campaign_job(%L, %s, %s, repeat(''w'', 201), ''who?'')', :a, :id, :token), 'DF204', NULL, 'a long name');
SELECT is((SELECT status::text FROM domainflow.job WHERE id = :id), 'running', 'are refused and change nothing');
SELECT is(domainflow.fail_campaign_job(:a, :id, :token, 'w', 'no luck', 3), 'retry', 'a failed attempt');
SELECT is(domainflow.fail_campaign_job(:a, :id, :token, 'w', 'no luck'), 'stale', 'counts once');
SELECT is((SELECT count(*) FROM domainflow.transaction_metric WHERE NOT success AND error_message = 'no luck'), 1::bigint, 'and is recorded');
SELECT is((SELECT jobs_waiting FROM domainflow.campaign_status(:a)), 1::bigint, 'it waits');
UPDATE domainflow.job SET run_at = clock_timestamp() - interval '1 s' WHERE status = 'waiting';
UPDATE domainflow.job_sweep SET swept_at = swept_at - interval '1 hour', full_at = full_at - interval '1 hour';

SELECT is((SELECT count(*) FROM generate_series(1, 4) AS n CROSS JOIN LATERAL pg_temp.work((:a || left(n::text, 0))::uuid)), 4::bigint, 'four more jobs');
SELECT id, token FROM domainflow.claim_jobs('campaign', 'w') \gset
SELECT is(pg_temp.states(:a), 'running generating 27 25 0 1 0', 'the retried job came when it was due');
SELECT ok((domainflow.pause_campaign(:a)).success, 'paused before the last');
-- The last job began before the pause: its first look saw the campaign running.
UPDATE domainflow.state_instance SET state = 'running' WHERE machine = 'campaign_status' AND entity_id = :a;
CREATE FUNCTION pg_temp.pause_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE domainflow.state_instance SET state = 'paused' WHERE machine = 'campaign_status' AND entity_id = NEW.campaign_id::text; RETURN NULL; END $$;
CREATE TRIGGER pause_late AFTER INSERT ON domainflow.generated_domain FOR EACH ROW EXECUTE FUNCTION pg_temp.pause_late();
SELECT is((domainflow.process_campaign_job(:a, :id, :token, 'w')).campaign_status, 'paused', 'the last job ends while the campaign is paused');
DROP TRIGGER pause_late ON domainflow.generated_domain;
SELECT is(pg_temp.states(:a), 'paused generating 27 27 0 0 0', 'all names, and not completed');
SELECT is((domainflow.resume_campaign(:a)).to_state, 'completed', 'resuming completes it');
SELECT is(pg_temp.states(:a), 'completed generated 27 27 0 0 0', 'with both states');
SELECT is(pg_temp.violations(), 0::bigint, 'every invariant holds');
SELECT is((domainflow.cancel_campaign(:a)).error_code, 'BIZ_INVALID_TRANSITION', 'a completed campaign cannot be cancelled');
SELECT ok((domainflow.archive_campaign(:a)).success, 'but archived');
SELECT is((domainflow.archive_campaign(:a)).error_code, 'BIZ_TERMINAL_STATE', 'for good');

SELECT ok((SELECT bool_and(transaction_id = pg_current_xact_id() AND correlation_id = 'trail') FROM domainflow.campaign_trail(:a)), 'the trail names transaction and correlation id');
SELECT set_eq(format('SELECT DISTINCT area FROM domainflow.campaign_trail(%L)', :a), ARRAY['campaign', 'state', 'audit', 'transaction', 'query'], 'of every area');
SELECT is((SELECT array_agg(event) FILTER (WHERE area = 'state') FROM domainflow.campaign_trail(:a) WHERE event LIKE 'campaign_business%'),
    '{campaign_business_status: new,campaign_business_status: new to generating,campaign_business_status: generating to generated}', 'in order');
SELECT is((SELECT count(*) FROM domainflow.campaign_trail(:a) WHERE area = 'audit'), 6::bigint, 'a decision per job');

-- A whole campaign by its last job, a cancelled one and a failed one.
SELECT domainflow.create_campaign(:b, 'second', '{"charset": "ab", "length": 2, "tlds": ["com"]}', 2);
SELECT domainflow.start_campaign(:b);
SELECT results_eq(format('SELECT campaign_status, next_job_id IS NULL FROM pg_temp.work(%L) UNION ALL SELECT campaign_status, next_job_id IS NULL FROM pg_temp.work(%1$L)', :b),
    $$VALUES ('running', true), ('completed', true)$$, 'the last job completes its campaign');
SELECT is((SELECT count(*) FROM domainflow.list_campaigns()), 2::bigint, 'two campaigns');
\set c '''c0000000-0000-0000-0000-000000000000'''
SELECT domainflow.create_campaign(:c, 'third', :pattern, 5);
SELECT domainflow.start_campaign(:c);
SELECT id, token FROM domainflow.claim_jobs('campaign', 'w') \gset
SELECT ok((domainflow.cancel_campaign(:c, 'bob', 'enough')).success, 'cancelled');
SELECT is(pg_temp.states(:c), 'cancelled abandoned 27 0 0 1 0', 'only the running job is left');
SELECT is((domainflow.process_campaign_job(:c, :id, :token, 'w')).outcome, 'dropped', 'which its worker drops');
SELECT is(pg_temp.states(:c), 'cancelled abandoned 27 0 0 0 0', 'and is gone');
SELECT is((SELECT reason FROM domainflow.state_event WHERE entity_id = :c AND to_state = 'cancelled'), 'enough', 'the event has the reason');
\set d '''d0000000-0000-0000-0000-000000000000'''
SELECT domainflow.create_campaign(:d, 'fourth', :pattern, 5);
SELECT domainflow.start_campaign(:d);
UPDATE domainflow.job SET max_attempts = 1 WHERE queue = 'campaign';
SELECT id, token FROM domainflow.claim_jobs('campaign', 'w') \gset
SELECT is(domainflow.fail_campaign_job(:d, :id, :token, 'w', 'hopeless'), 'dead', 'a dead job');
SELECT is((SELECT status || ' ' || jobs_dead FROM domainflow.campaign_status(:d)), 'failed 0', 'fails its campaign');

SELECT is((domainflow.fail_campaign(:a)).error_code, 'BIZ_TERMINAL_STATE', 'an archived campaign cannot fail');

-- A job dies with its worker: nobody reports it.
\set f '''f1000000-0000-0000-0000-000000000000'''
SELECT domainflow.create_campaign(:f, 'sixth', :pattern, 5);
SELECT domainflow.start_campaign(:f);
UPDATE domainflow.job SET max_attempts = 1 WHERE queue = 'campaign';
SELECT is_empty('SELECT domainflow.fail_stranded_campaigns()', 'no campaign is stranded');
SELECT id, token FROM domainflow.claim_jobs('campaign', 'w', 1, '1 microsecond') \gset
SELECT results_eq($$SELECT outcome FROM domainflow.rescue_jobs('campaign')$$, $$VALUES ('dead')$$, 'a job that dies with its worker');
SELECT is((SELECT status FROM domainflow.campaign_status(:f)), 'running', 'leaves its campaign running');
SELECT results_eq('SELECT domainflow.fail_stranded_campaigns($$w$$)', format('VALUES (%L::uuid)', :f), 'until it is found');
SELECT is((SELECT status || ' ' || jobs_dead FROM domainflow.campaign_status(:f)), 'failed 0', 'and failed');

-- The lease is lost in the middle: everything is undone.
\set e '''e0000000-0000-0000-0000-000000000000'''
SELECT domainflow.create_campaign(:e, 'fifth', :pattern, 5);
SELECT domainflow.start_campaign(:e);
SELECT id, token FROM domainflow.claim_jobs('campaign', 'w') \gset
CREATE FUNCTION pg_temp.lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE domainflow.job SET token = 0 WHERE status = 'running'; RETURN NULL; END $$;
CREATE TRIGGER lose AFTER INSERT ON domainflow.generated_domain FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.lose();
SELECT throws_ok(format('SELECT domainflow.process_campaign_job(%L, %s, %s, %L)', :e, :id, :token, 'w'), 'DF704', NULL, 'a lease lost on the way');
DROP TRIGGER lose ON domainflow.generated_domain;
SELECT is(pg_temp.states(:e), 'running generating 27 0 5 1 0', 'keeps nothing');

SELECT throws_ok(format('SELECT domainflow.allocate_domain_range(%L, 5)', :none), 'DF301', NULL, 'ranges of an unknown campaign');
SELECT throws_ok(format('SELECT domainflow.allocate_domain_range(%L, 0)', :e), 'DF204', NULL, 'a range of nothing');
SELECT is_empty(format('SELECT * FROM domainflow.allocate_domain_range(%L, 5)', :e), 'no range is left');
SELECT throws_ok(format($$INSERT INTO domainflow.domain_range (campaign_id, range_start, range_end) VALUES (%L, 3, 9)$$, :e), '23503', NULL, 'a range cannot begin inside another');
SELECT throws_ok(format($$INSERT INTO domainflow.domain_range (campaign_id, range_start, range_end) VALUES (%L, 0, 9)$$, :e), '23505', NULL, 'nor twice');

-- The invariants can fail.
DELETE FROM domainflow.generated_domain WHERE campaign_id = :a AND domain_offset = 3;
UPDATE domainflow.generated_domain SET name = 'wrong.com' WHERE campaign_id = :a AND domain_offset = 4;
UPDATE domainflow.domain_generator SET generated = 3 WHERE campaign_id = :b;
UPDATE domainflow.state_instance SET state = 'paused' WHERE machine = 'campaign_status' AND entity_id = :e;
SELECT results_eq('SELECT violations FROM domainflow.campaign_invariants() WHERE violations > 0', 'VALUES (2::bigint), (1), (1), (1)', 'what was broken is found');
SELECT is((SELECT sum(violations) FROM domainflow.campaign_invariants(:d))::bigint, 0::bigint, 'and only there');
SELECT throws_ok('SELECT domainflow.campaign_invariants(gen_random_uuid())', 'DF301', NULL, 'an unknown campaign keeps no invariants');
SELECT * FROM finish();
ROLLBACK;
