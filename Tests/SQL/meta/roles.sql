-- sql/roles.sql: makes what is missing, changes nothing else, and says what to do when it may not.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(20);
\set roles `cat sql/roles.sql 2>/dev/null || cat ../../../sql/roles.sql`

SELECT has_role(r, r || ' exists')
  FROM unnest(ARRAY['domainflow_owner', 'domainflow_app', 'domainflow_reader', 'domainflow_auditor', 'domainflow_admin']) AS r;
SELECT ok(NOT rolcanlogin AND NOT rolsuper, rolname || ' cannot log in and is no superuser')
  FROM pg_roles WHERE rolname LIKE 'domainflow\_%' ORDER BY rolname;
SELECT is_member_of(r, ARRAY['domainflow_admin'], 'admin is a member of ' || r)
  FROM unnest(ARRAY['domainflow_app', 'domainflow_reader', 'domainflow_auditor']) AS r;
SELECT lives_ok(:'roles', 'running it again is harmless');

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
