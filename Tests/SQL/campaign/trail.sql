-- campaign_trail(): everything that happened to one campaign, in the order in which it happened, and nothing else.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(7);
\set other '''a0000000-0000-0000-0000-000000000000'''
\set one   '''b0000000-0000-0000-0000-000000000000'''
\set pattern '''{"charset": "ab", "length": 2, "tlds": ["com"]}'''
SELECT domainflow.create_campaign(c.id::uuid, 'c', :pattern, 2, 'ann') FROM unnest(ARRAY[:other, :one]) AS c(id);
SELECT domainflow.start_campaign(c.id::uuid, 'ann', 'go', 1) FROM unnest(ARRAY[:other, :one]) AS c(id);
-- The names of a range take their time; what is measured is the statement that makes them.
CREATE TEMPORARY TABLE named (at timestamptz);
GRANT ALL ON named TO PUBLIC;
CREATE FUNCTION pg_temp.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); INSERT INTO named VALUES (clock_timestamp()); RETURN NULL; END $$;
CREATE TRIGGER slow BEFORE INSERT ON domainflow.generated_domain FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.slow();
SELECT p.outcome FROM unnest(ARRAY[:other, :one]) AS c(id), domainflow.claim_campaign_jobs(c.id::uuid, 'w') AS j,
       domainflow.process_campaign_job(c.id::uuid, j.id, j.token, 'w') AS p;
SELECT id, token FROM domainflow.claim_campaign_jobs(:one, 'w') \gset
SELECT is(domainflow.fail_campaign_job(:one, :id, :token, 'w', 'no luck', 3), 'retry', 'an attempt fails');
SELECT is((SELECT count(*) FROM domainflow.campaign_trail(:one) AS t WHERE t.detail ->> 'error' = 'no luck'), 1::bigint, 'which the trail says');
SELECT is(domainflow.fail_campaign_job(:one, :id, :token, 'w', 'no luck'), 'stale', 'and a stale worker adds nothing');

-- A document and an entity of another machine have the same name.
SELECT domainflow.log_authorization_decision('ann', 'document', :one, 'read', 'allow');
SELECT domainflow.define_state_machine('zz', '{"initial": "up", "states": {"up": {"terminal": true}}, "transitions": []}');
SELECT domainflow.create_state_instance('zz', :one);

SELECT results_eq(format('SELECT t.area, t.event FROM domainflow.campaign_trail(%L) AS t', :one), $$VALUES
    ('campaign', 'created'), ('state', 'campaign_status: draft'), ('state', 'campaign_business_status: new'),
    ('state', 'campaign_status: draft to queued'), ('state', 'campaign_business_status: new to generating'),
    ('campaign', 'range handed out'), ('state', 'campaign_status: queued to running'),
    ('audit', 'allow generate'), ('campaign', 'range generated'),
    ('query', 'INSERT INTO domainflow.generated_domain SELECT * FROM domainflow.generate_domains($1, $2, $3)'),
    ('transaction', 'process_campaign_job'), ('campaign', 'range handed out'), ('transaction', 'process_campaign_job')$$, 'all of it, in order');
SELECT results_eq(format('SELECT t.detail FROM domainflow.campaign_trail(%L) AS t WHERE t.event ~ ''^(created|range|allow)''', :one),
    format($$VALUES ('{"name": "c", "total": 4, "user_id": "ann"}'::jsonb), (jsonb_build_object('range_start', 0, 'range_end', 2, 'job', %1$s)),
        (jsonb_build_object('user_id', 'ann', 'policies', ARRAY['campaign.worker'], 'request', jsonb_build_object('worker', 'w', 'job', %1$s),
                            'context', '{"status": "running", "version": 3, "range_start": 0, "range_end": 2}'::jsonb)),
        (jsonb_build_object('range_start', 0, 'range_end', 2, 'job', %1$s, 'worker', 'w')), (jsonb_build_object('range_start', 2, 'range_end', 4, 'job', %2$s))$$,
        (SELECT r.job_id FROM domainflow.domain_range AS r WHERE r.campaign_id = :one AND r.range_start = 0), :id), 'with what belongs to it');
SELECT ok((SELECT min((t.detail ->> 'duration_ms')::double precision) FROM domainflow.campaign_trail(:one) AS t WHERE t.area = 'query') >= 20,
          'a statement took as long as it took');
SELECT ok((SELECT t.happened_at FROM domainflow.campaign_trail(:one) AS t WHERE t.event = 'range generated') < (SELECT max(n.at) FROM named AS n),
          'a range counts from when its names began');
SELECT * FROM finish();
ROLLBACK;
