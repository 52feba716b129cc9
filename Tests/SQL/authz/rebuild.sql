BEGIN;
SELECT plan(8);

SELECT domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine viewer: [user]');
SELECT domainflow.write_relation('user:anne', 'viewer', 'document', '1');
SELECT is((SELECT count(*) FROM domainflow.catalog_drift()), 0::bigint, 'compiled functions are no drift');
SELECT ok(NOT EXISTS (SELECT FROM pg_proc AS f WHERE f.pronamespace = 'domainflow_generated'::regnamespace AND has_function_privilege('public', f.oid, 'EXECUTE')),
          'and nobody may call them');
CREATE OR REPLACE FUNCTION domainflow_generated.authz_1_1_3_t(p_object text, p_kind text, p_subject text, p_facts domainflow.authz_fact[], p_left integer)
RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN true; END';
SELECT is((SELECT count(*) FROM domainflow.catalog_drift()), 1::bigint, 'one that somebody changed is');

-- A subscriber has the rows and no functions.
DROP FUNCTION domainflow_generated.authz, domainflow_generated.authz_1, domainflow_generated.authz_1_1_3_t;
SELECT results_eq($$SELECT kind, name, outcome FROM domainflow.rebuild_generated() WHERE kind = 'model'$$, $$VALUES ('model', 'default', 'made')$$,
                  'models are compiled again');
SELECT ok(domainflow.has_access('user:anne', 'viewer', 'document', '1'), 'and decide');
SELECT is((SELECT count(*) FROM domainflow.catalog_drift()), 0::bigint, 'as if nothing had been');

-- Functions of old revisions go when nothing can run them any more.
SELECT domainflow.define_authorization_model('default', E'model\nschema 1.1\ntype user\ntype document\nrelations\ndefine viewer: [user]' || repeat(' ', n))
  FROM generate_series(1, 3) AS n;
SELECT is((SELECT array_agg(DISTINCT split_part(function_name, '_', 4) ORDER BY split_part(function_name, '_', 4)) FROM domainflow.authz_function
            WHERE function_name ~ 'authz_1_'), '{3,4}'::text[], 'two revisions are kept');
SELECT ok(domainflow.has_access('user:anne', 'viewer', 'document', '1'), 'the newest decides');
SELECT * FROM finish();
ROLLBACK;
