-- claim_campaign_jobs(): workers of one campaign meet no job of another; and the bounds of what campaigns are made of.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(14);
\set a '''a0000000-0000-0000-0000-000000000000'''
\set b '''b0000000-0000-0000-0000-000000000000'''
\set pattern '''{"charset": "abc", "length": 3, "tlds": ["com"]}'''
SELECT is_empty('SELECT * FROM domainflow.claim_campaign_jobs(NULL, $$w$$)', 'no campaign has begun, and that is no error');
SELECT throws_ok(format('SELECT domainflow.claim_campaign_jobs(%L, $$w$$)', :a), 'DF301', NULL, 'but an unknown campaign is');
SELECT domainflow.create_campaign(:a, 'first', :pattern, 1), domainflow.create_campaign(:b, 'second', :pattern, 9);
SELECT domainflow.start_campaign(:a), domainflow.start_campaign(:b);
SELECT is((SELECT array_agg(DISTINCT payload ->> 'campaign_id') FROM domainflow.claim_campaign_jobs(:b, 'w', 2)), ARRAY[:b], 'jobs of one campaign, behind those of the other');
SELECT is((SELECT count(*) FROM domainflow.claim_campaign_jobs(:b, 'w', 9)), 1::bigint, 'all of them');
SELECT is_empty(format('SELECT * FROM domainflow.claim_campaign_jobs(%L, $$w$$)', :b), 'and none of the other');
SELECT is((SELECT count(*) FROM domainflow.claim_campaign_jobs(NULL, 'w', 99)), 27::bigint, 'which those who work on any find');
SELECT id, token FROM domainflow.job WHERE kind = 'generate_domains:' || :b LIMIT 1 \gset
SELECT is((domainflow.process_campaign_job(:b, :id, :token, 'w')).outcome, 'done', 'a claimed job is worked off');
SELECT throws_ok(format('SELECT domainflow.process_campaign_job(%L, %s, %s, NULL)', :b, :id, :token), 'DF202', NULL, 'by nobody');
SELECT throws_ok(format('SELECT domainflow.process_campaign_job(%L, %s, %s, repeat(''w'', 201))', :b, :id, :token), 'DF204', NULL, 'by too long a name');
SELECT throws_ok(format($$SELECT domainflow.create_campaign(gen_random_uuid(), repeat('n', 201), %L)$$, :pattern), 'DF204', NULL, 'a name that is too long');
SELECT throws_ok(format($$SELECT domainflow.create_campaign(gen_random_uuid(), 'n', %L, 1, repeat('u', 201))$$, :pattern), 'DF204', NULL, 'a user, too');
SELECT throws_ok($$SELECT domainflow.create_campaign(gen_random_uuid(), 'n', jsonb_build_object('charset', repeat('a', 70000)))$$, 'DF204', NULL, 'and a pattern');
SELECT throws_ok(format('SELECT domainflow.allocate_domain_range(%L, 1000001)', :a), 'DF204', NULL, 'and a range');
SELECT is_empty($$SELECT t FROM unnest(ARRAY['campaign', 'domain_generator', 'domain_range', 'generated_domain']) AS t
    WHERE has_table_privilege('domainflow_app', 'domainflow.' || t, 'INSERT') OR has_table_privilege('domainflow_app', 'domainflow.' || t, 'UPDATE')$$, 'the application writes through functions only');
SELECT * FROM finish();
ROLLBACK;
