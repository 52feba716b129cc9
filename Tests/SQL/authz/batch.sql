BEGIN;
SELECT plan(11);

SELECT domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine viewer: [user]');
SELECT results_eq($$SELECT * FROM domainflow.write_relations('{user:b,user:a,user:b}', '{viewer,viewer,viewer}', '{document,document,document}', '{2,1,2}')$$,
                  $$VALUES ('created'), ('created'), ('kept')$$, 'facts in input order; the second of two equal ones is kept');
SELECT results_eq($$SELECT allowed, reason_code FROM domainflow.check_accesses('{user:a,user:a,user:b}', '{viewer,viewer,viewer}',
                                                                               '{document,document,document}', '{1,2,2}')$$,
                  $$VALUES (true, 'relation'), (false, 'no_relation'), (true, 'relation')$$, 'decisions in input order');
SELECT is((SELECT count(*) FROM domainflow.audit_log WHERE action = 'viewer'), 3::bigint, 'each on record');
SELECT results_eq($$SELECT * FROM domainflow.delete_relations('{user:b,user:x}', '{viewer,viewer}', '{document,document}', '{2,2}', NULL, 'left')$$,
                  $$VALUES (true), (false)$$, 'deleted, in input order');
SELECT is((SELECT count(*) FROM domainflow.write_relations('{}', '{}', '{}', '{}')), 0::bigint, 'an empty batch is one');
SELECT throws_ok($$SELECT * FROM domainflow.write_relations('{user:a,bad}', '{viewer,viewer}', '{document,document}', '{1,1}')$$, 'DF201', NULL,
                 'one that is wrong refuses all');
SELECT throws_ok($$SELECT * FROM domainflow.write_relations('{user:a}', '{viewer,viewer}', '{document}', '{1}')$$, 'DF201', NULL, 'one length');
SELECT throws_ok($$SELECT * FROM domainflow.delete_relations(NULL, '{viewer}', '{document}', '{1}')$$, 'DF202', NULL, 'not null');
SELECT throws_ok($$SELECT * FROM domainflow.check_accesses(array_fill('user:a'::text, '{10001}'), array_fill('viewer'::text, '{10001}'),
                                                           array_fill('document'::text, '{10001}'), array_fill('1'::text, '{10001}'))$$, 'DF204', NULL,
                 'a batch has a limit');
SELECT throws_ok($$SELECT * FROM domainflow.check_accesses('{user:a}', '{nothing}', '{document}', '{1}')$$, 'DF203', NULL, 'names as check_access');
SELECT is((SELECT count(*) FROM domainflow.relationship), 1::bigint, 'nothing half done');
SELECT * FROM finish();
ROLLBACK;
