BEGIN;
SELECT plan(6);

SELECT domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine viewer: [user]');
SELECT domainflow.write_relation('user:anne', 'viewer', 'document', '1');
SELECT allowed FROM domainflow.check_access('user:anne', 'viewer', 'document', '1', '{"hour": 3}');
SELECT allowed FROM domainflow.check_access('user:anne', 'viewer', 'document', '1', '{"hour": 12}');
SELECT allowed FROM domainflow.check_access('user:ben', 'viewer', 'document', '1', '{"hour": 3}');
SELECT results_eq($$SELECT subject, action, resource_id, decision, would_be, reason_code FROM domainflow.simulate_policy('deny', 'document', '{viewer}', '$.hour < 8')$$,
                  $$VALUES ('user:anne', 'viewer', '1', 'allow', 'deny', 'deny_policy')$$, 'what a policy would have denied');
SELECT results_eq($$SELECT subject, decision, would_be FROM domainflow.simulate_policy('allow', 'document', '{viewer}', '$.hour < 8')$$,
                  $$VALUES ('user:ben', 'deny', 'allow')$$, 'or allowed');
SELECT is((SELECT count(*) FROM domainflow.authz_policy), 0::bigint, 'it is not defined');
SELECT is((SELECT count(*) FROM domainflow.audit_log WHERE action = 'define_access_policy'), 0::bigint, 'nor logged');
SELECT ok((SELECT allowed FROM domainflow.check_access('user:anne', 'viewer', 'document', '1', '{"hour": 3}')), 'nor does it decide');
SELECT throws_ok($$SELECT * FROM domainflow.simulate_policy('deny', 'document', '{viewer}', 'no path')$$, 'DF201', NULL, 'refusals as define_access_policy');
SELECT * FROM finish();
ROLLBACK;
