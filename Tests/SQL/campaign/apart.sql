-- Campaigns side by side: what one shows, locks and changes is its own, whatever other campaigns, queues and machines hold under the same numbers.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(33);
\set other '''a0000000-0000-0000-0000-000000000000'''
\set one   '''b0000000-0000-0000-0000-000000000000'''
\set draft '''c0000000-0000-0000-0000-000000000000'''
\set pattern '''{"charset": "abc", "length": 3, "tlds": ["com"]}'''
CREATE FUNCTION pg_temp.status(p_id uuid) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', s.status, s.allocated, s.generated, s.jobs_ready, s.jobs_running, s.jobs_waiting, s.jobs_parked, s.jobs_dead)
      FROM domainflow.campaign_status(p_id) AS s
$$;
CREATE FUNCTION pg_temp.violations(p_id uuid) RETURNS bigint LANGUAGE sql AS $$SELECT sum(violations)::bigint FROM domainflow.campaign_invariants(p_id)$$;
-- The version of a generator's row, and who locked it.
CREATE FUNCTION pg_temp.row_of(p_id uuid) RETURNS text LANGUAGE sql AS
$$SELECT concat_ws(' ', g.ctid, g.xmax) FROM domainflow.domain_generator AS g WHERE g.campaign_id = p_id$$;

SELECT domainflow.create_campaign(:other, 'other', :pattern, 2), domainflow.create_campaign(:one, 'one', :pattern, 2),
       domainflow.create_campaign(:draft, 'draft', :pattern, 2);
SELECT results_eq('SELECT l.name FROM domainflow.list_campaigns() AS l', $$VALUES ('draft'), ('one'), ('other')$$, 'the newest first');
SELECT domainflow.start_campaign(:other, p_window => 3);
SELECT domainflow.start_campaign(:one, p_window => 2);
SELECT results_eq('SELECT g.job_window FROM domainflow.domain_generator AS g ORDER BY g.campaign_id', 'VALUES (3), (2), (64)', 'each has its own window');
-- Nothing happens to this one.
\set still '''e0000000-0000-0000-0000-000000000000'''
SELECT domainflow.create_campaign(:still, 'still', :pattern, 2);
SELECT pg_temp.row_of(:still) AS before \gset

-- Another machine knows an entity of the same name, and another queue has jobs of the same numbers.
SELECT domainflow.define_state_machine('zz', '{"initial": "up", "states": {"up": {}, "down": {}},
    "transitions": [{"from": "up", "to": "down"}, {"from": "down", "to": "up"}]}');
SELECT domainflow.create_state_instance('zz', :one);
SELECT domainflow.transition_state('zz', :one, s.state) FROM unnest(ARRAY['down', 'up', 'down', 'up', 'down']) AS s(state);
SELECT domainflow.create_queue('zz');
SELECT id, token FROM domainflow.claim_campaign_jobs(:one, 'w') \gset
INSERT INTO domainflow.job SELECT (jsonb_populate_record(j, '{"queue": "zz"}')).* FROM domainflow.job AS j WHERE j.queue = 'campaign';
SELECT is(pg_temp.status(:one), 'running 4 0 1 1 0 0 0', 'the jobs of one campaign');
SELECT is(pg_temp.status(:other), 'running 6 0 3 0 0 0 0', 'and of the other');

SELECT throws_ok(format('SELECT domainflow.process_campaign_job(%L, %s, %s, %L)', :other, :id, :token, 'w'), 'DF201', NULL,
                 'a job of another campaign that runs');
SELECT throws_ok(format('SELECT domainflow.fail_campaign_job(%L, %s, %s, %L, %L)', :other, :id, :token, 'w', 'e'), 'DF201', NULL, 'does not fail for it');
SELECT is((domainflow.process_campaign_job(:one, 0, :token, 'w')).outcome, 'stale', 'a token is good for its jobs only');
SELECT is((domainflow.process_campaign_job(:one, :id, :token, 'w')).outcome, 'done', 'its own job is done');
SELECT is((domainflow.process_campaign_job(:one, :id, :token, 'w')).outcome, 'stale', 'once, though another queue has such a job');
SELECT results_eq('SELECT r.campaign_id, r.range_start FROM domainflow.domain_range AS r WHERE r.generated_at IS NOT NULL',
                  format('VALUES (%L::uuid, 0::bigint)', :one), 'the range that begins at the same number is not generated');
SELECT set_eq(format('SELECT unnest(domainflow._open_jobs(%L))', :one),
              format('SELECT job_id FROM domainflow.domain_range WHERE campaign_id = %L AND range_start > 0', :one), 'jobs of ranges that are not generated');
SELECT is(pg_temp.violations(NULL), 0::bigint, 'every invariant holds, in the presence of both');

-- A range that was handed out has no job yet.
SELECT domainflow.allocate_domain_range(:draft, 5);
SELECT is(domainflow._open_jobs(:draft), '{}', 'a range without a job');
SELECT is((domainflow.fail_campaign(:draft)).error_code, 'BIZ_INVALID_TRANSITION', 'a draft cannot fail');
SELECT is((SELECT business_status FROM domainflow.campaign_status(:draft)), 'new', 'and a refused move moves neither state');

-- Paused and resumed: the other goes on, and nobody waits for it.
SELECT id, token FROM domainflow.claim_campaign_jobs(:one, 'w') \gset
SELECT ok((domainflow.pause_campaign(:one)).success, 'paused');
SELECT is((domainflow.process_campaign_job(:one, :id, :token, 'w')).outcome, 'parked', 'its worker puts the job back');
SELECT is(pg_temp.status(:one), 'paused 6 2 0 0 0 2 0', 'all its jobs are parked');
SELECT is(pg_temp.status(:other), 'running 6 0 3 0 0 0 0', 'and none of the other');
SELECT is_empty('SELECT domainflow.fail_stranded_campaigns()', 'parked jobs strand no campaign');
UPDATE domainflow.domain_generator SET job_window = 4 WHERE campaign_id = :one;
SELECT ok((domainflow.resume_campaign(:one)).success, 'resumed');
SELECT is(pg_temp.status(:one), 'running 10 2 4 0 0 0 0', 'and its window is filled');
SELECT results_eq(format('SELECT (c.payload ->> ''range_start'')::integer FROM domainflow.claim_campaign_jobs(%L, ''w'', 9) AS c ORDER BY c.id', :one),
                  'VALUES (2), (4), (6), (8)', 'each range once');
SELECT results_eq($$SELECT j.id FROM domainflow.job AS j WHERE j.queue = 'campaign' AND j.status = 'running' ORDER BY j.pos$$,
                  $$SELECT j.id FROM domainflow.job AS j WHERE j.queue = 'campaign' AND j.status = 'running' ORDER BY j.id$$, 'first what was parked');
SELECT is(pg_temp.row_of(:still), :'before', 'the generator of another was neither locked nor written');

-- Dead jobs fail the campaign whose ranges they are, not one that they only name.
UPDATE domainflow.job SET status = 'dead', pos = NULL, run_at = 'infinity' WHERE queue = 'zz';
SELECT domainflow.enqueue_job('campaign', 'mine', p.payload) FROM (VALUES (jsonb_build_object('campaign_id', :other)), ('{"campaign_id": 17}'), ('"a"')) AS p(payload);
UPDATE domainflow.job SET status = 'dead', pos = NULL, run_at = 'infinity' WHERE kind = 'mine';
SELECT is_empty('SELECT domainflow.fail_stranded_campaigns()', 'dead jobs of another queue, and of no range');
SELECT min(j.id) AS first FROM domainflow.job AS j WHERE j.queue = 'campaign' AND j.status = 'running' \gset
-- The rows of the first one come last, and no index has their order.
UPDATE domainflow.job SET status = 'dead', pos = NULL, run_at = 'infinity', last_error = 'lost' WHERE queue = 'campaign' AND status = 'running' AND id <> :first;
UPDATE domainflow.job SET status = 'dead', pos = NULL, run_at = 'infinity', last_error = 'lost' WHERE queue = 'campaign' AND id = :first;
UPDATE domainflow.domain_range SET worker = worker WHERE job_id = :first;
UPDATE domainflow.domain_range SET worker = worker WHERE range_start = 0;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT is(pg_temp.violations(NULL), 0::bigint, 'ranges follow each other, however they are stored');
SELECT results_eq('SELECT domainflow.fail_stranded_campaigns()', format('VALUES (%L::uuid)', :one), 'dead jobs of its ranges, once');
SELECT is((SELECT e.reason FROM domainflow.state_event AS e WHERE e.entity_id = :one AND e.to_state = 'failed'), format('job %s is dead: lost', :first),
          'by the first of them');

-- Invariants look at the campaign that is asked for.
UPDATE domainflow.generated_domain SET name = 'wrong.com' WHERE campaign_id = :one AND domain_offset = 1;
SELECT results_eq(format('SELECT pg_temp.violations(%L), pg_temp.violations(%L), pg_temp.violations(NULL)', :one, :other), 'VALUES (1::bigint, 0::bigint, 1::bigint)',
                  'what is wrong with one');
INSERT INTO domainflow.campaign (campaign_id, name, pattern, total, batch_size) VALUES ('d0000000-0000-0000-0000-000000000000', 'bare', :pattern, 27, 2);
SELECT results_eq('SELECT v.violations FROM domainflow.campaign_invariants(''d0000000-0000-0000-0000-000000000000'') AS v WHERE v.name ~ ''generator|event''',
                  'VALUES (1::bigint), (1)', 'a campaign without generator and states');
UPDATE domainflow.state_instance SET state = 'completed' WHERE machine = 'campaign_status' AND entity_id = :draft;
UPDATE domainflow.domain_generator SET next_offset = total, generated = total WHERE campaign_id = :draft;
SELECT is((SELECT v.violations FROM domainflow.campaign_invariants(:draft) AS v WHERE v.name ~ '^a completed'), 1::bigint, 'completed, though not generated');
UPDATE domainflow.state_instance SET state = 'generated' WHERE machine = 'campaign_business_status' AND entity_id = :draft;
SELECT is((SELECT v.violations FROM domainflow.campaign_invariants(:draft) AS v WHERE v.name ~ '^a completed'), 0::bigint, 'both states must say so');
SELECT * FROM finish();
ROLLBACK;
