BEGIN;
SELECT plan(7);

SELECT domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine owner: [user]\ndefine viewer: [user]');
SELECT domainflow.write_relation('user:anne', 'owner', 'document', '1');
SELECT domainflow.write_relation('user:ben', 'viewer', 'document', '2');
SELECT domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine owner: [user]\ndefine viewer: [user] or owner');
SELECT results_eq('SELECT * FROM domainflow.diff_access(1, 2)', $$VALUES ('user:anne', 'viewer', 'document', '1', false, true)$$, 'what a revision gives');
SELECT results_eq('SELECT * FROM domainflow.diff_access(2, 1)', $$VALUES ('user:anne', 'viewer', 'document', '1', true, false)$$, 'or takes');
SELECT is_empty('SELECT * FROM domainflow.diff_access(2, 2)', 'a revision decides as itself');
SELECT domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine owner: [user]\ndefine viewer: [user]' || repeat(' ', n))
  FROM generate_series(1, 3) AS n;
SELECT results_eq('SELECT * FROM domainflow.diff_access(2, 5)', $$VALUES ('user:anne', 'viewer', 'document', '1', true, false)$$,
                  'a revision whose functions are gone is compiled again');
SELECT is((SELECT count(*) FROM domainflow.catalog_drift()), 0::bigint, 'and is no drift');
SELECT throws_ok('SELECT * FROM domainflow.diff_access(1, 9)', 'DF301', NULL, 'no such revision');
SET LOCAL ROLE domainflow_app;
SELECT throws_ok('SELECT * FROM domainflow.diff_access(1, 2)', '42501', NULL, 'not for the application');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
