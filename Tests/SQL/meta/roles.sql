-- sql/roles.sql: makes what is missing, changes nothing else, and says what to do when it may not.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(27);
\set roles `cat sql/roles.sql 2>/dev/null || cat ../../../sql/roles.sql`

SELECT has_role(r, r || ' exists')
  FROM unnest(ARRAY['domainflow_owner', 'domainflow_app', 'domainflow_reader', 'domainflow_auditor', 'domainflow_admin',
                    'domainflow_definer', 'domainflow_guard']) AS r;
SELECT ok(NOT rolcanlogin AND NOT rolsuper, rolname || ' cannot log in and is no superuser')
  FROM pg_roles WHERE rolname ^@ 'domainflow_' ORDER BY rolname;
SELECT is_member_of(r, ARRAY['domainflow_admin'], 'admin is a member of ' || r)
  FROM unnest(ARRAY['domainflow_app', 'domainflow_reader', 'domainflow_auditor']) AS r;
SELECT lives_ok(:'roles', 'running it again is harmless');

SELECT is_empty($$SELECT pg_get_userbyid(member) FROM pg_auth_members WHERE pg_get_userbyid(roleid) IN ('domainflow_definer', 'domainflow_guard')$$,
                'nobody is a member of the roles that own');
SELECT is_empty($$SELECT format('%s %s', d.classid::regclass, d.objid) FROM pg_depend AS d
                   JOIN pg_shdepend AS s ON s.classid = d.classid AND s.objid = d.objid AND s.deptype = 'o'
                    AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                  WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid IN ('domainflow'::regnamespace, 'domainflow_generated'::regnamespace)
                    AND pg_get_userbyid(s.refobjid) NOT IN ('domainflow_definer', 'domainflow_guard')$$, 'and they own everything');
SELECT is_empty($$SELECT n.nspname, pg_get_userbyid(a.grantee) FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
                   WHERE n.nspname LIKE 'domainflow%' AND n.nspname <> 'domainflow_migrate' AND a.privilege_type = 'CREATE'
                     AND a.grantee <> n.nspowner$$, 'nobody else may create in their schemas');

CREATE ROLE domainflow_test_nobody;
SET LOCAL ROLE domainflow_test_nobody;
SELECT lives_ok(:'roles', 'anybody may run it when nothing is missing');
RESET ROLE;
REVOKE domainflow_reader FROM domainflow_admin;
SET LOCAL ROLE domainflow_test_nobody;
SELECT throws_ok(:'roles', 'DF406', NULL, 'a membership that it may not grant is DF406');
RESET ROLE;
ALTER ROLE domainflow_auditor RENAME TO domainflow_test_auditor;
SET LOCAL ROLE domainflow_test_nobody;
SELECT throws_ok(:'roles', 'DF406', NULL, 'a role that it may not create is DF406');
RESET ROLE;
SELECT lives_ok(:'roles', 'a superuser makes what is missing');
SELECT has_role('domainflow_auditor', 'the missing role is back');
SELECT is_member_of('domainflow_reader', ARRAY['domainflow_admin'], 'the missing membership is back');

SELECT * FROM finish();
ROLLBACK;
