-- catalog_drift() names what differs, with what is expected; the installation trusts nothing it finds.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(21);
\set prelude `cat sql/install/prelude.sql 2>/dev/null || cat ../../../sql/install/prelude.sql`

SELECT is_empty('SELECT * FROM domainflow.catalog_drift()', 'nothing has drifted');
SELECT lives_ok('SELECT domainflow.ensure_partitions(2)', 'partitions of a month');
SELECT is_empty('SELECT * FROM domainflow.catalog_drift()', 'are as their tables say');

SAVEPOINT a;
COMMENT ON FUNCTION domainflow.version() IS 'other';
SELECT results_eq('SELECT kind, identity, expected, found FROM domainflow.catalog_drift()',
    $$VALUES ('comment on function', 'domainflow.version()', 'The release of DomainFlow that is installed in this database.', 'other')$$,
    'a changed object: expected and found');
ROLLBACK TO a;
CREATE TABLE domainflow.extra ();
SELECT results_eq($$SELECT kind, identity, expected IS NULL FROM domainflow.catalog_drift() WHERE kind = 'table'$$,
    $$VALUES ('table', 'domainflow.extra', true)$$, 'an object that does not belong: nothing expected');
ROLLBACK TO a;
DROP FUNCTION domainflow.version();
SELECT results_eq($$SELECT kind, identity, found IS NULL FROM domainflow.catalog_drift() WHERE kind = 'function'$$,
    $$VALUES ('function', 'domainflow.version()', true)$$, 'a missing object: nothing found');
ROLLBACK TO a;
DO $$ BEGIN EXECUTE format('ALTER TABLE domainflow.%I DISABLE TRIGGER USER', 'audit_log' || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')); END $$;
SELECT ok(EXISTS (SELECT FROM domainflow.catalog_drift() WHERE kind = 'partition' AND identity LIKE 'domainflow.audit_log_%'
                     AND found LIKE '%enabled D%' AND expected NOT LIKE '%enabled D%'), 'the triggers of a partition of a month');
ROLLBACK TO a;
GRANT domainflow_definer TO domainflow_app;
SELECT results_eq($$SELECT kind, identity FROM domainflow.catalog_drift()$$,
    $$VALUES ('membership', 'domainflow_app in domainflow_definer')$$, 'a member of the role that owns everything');
ROLLBACK TO a;

-- What a lesser eye passes over: each of these gives rights, rows or meaning to something that belongs to us, and touches none of our objects.
CREATE ROLE domainflow_test_other;
CREATE TABLE public.drift_account (id bigint PRIMARY KEY, n int);
SELECT domainflow.manage_entity('public.drift_account') \g /dev/null
SELECT is_empty('SELECT * FROM domainflow.catalog_drift()', 'an entity drifts from nothing');
CREATE FUNCTION pg_temp.drifts(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_kinds text;
BEGIN
    BEGIN
        EXECUTE p_sql;
        SELECT string_agg(DISTINCT d.kind, ', ' ORDER BY d.kind) INTO v_kinds FROM domainflow.catalog_drift() AS d;
        RAISE EXCEPTION USING ERRCODE = 'P0099';
    EXCEPTION WHEN SQLSTATE 'P0099' THEN NULL;
    END;
    RETURN COALESCE(v_kinds, 'nothing');
END $$;
SELECT results_eq($q$SELECT sql, pg_temp.drifts(sql) FROM (VALUES
        (format('GRANT %I TO domainflow_definer', session_user)), ('GRANT pg_execute_server_program TO domainflow_definer'), ('GRANT pg_read_all_data TO domainflow_app'),
        ('GRANT domainflow_definer TO domainflow_test_other WITH ADMIN OPTION'),
        (CASE WHEN current_setting('server_version_num')::int >= 170000 THEN 'GRANT MAINTAIN ON domainflow.job TO PUBLIC' ELSE 'GRANT TRIGGER ON domainflow.job TO PUBLIC' END),
        ($$CREATE OR REPLACE FUNCTION domainflow_generated.atomic_update_drift_account_state(p_entity_id bigint, p_expected_version bigint, p_new_data jsonb,
               p_operation_context jsonb DEFAULT NULL) RETURNS domainflow.entity_update_result LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'$$),
        ('ALTER FUNCTION domainflow_generated.atomic_update_drift_account_state LEAKPROOF'),
        ('CREATE TABLE public.drift_child () INHERITS (domainflow.state_event)'),
        ('CREATE TABLE public.drift_child (q text REFERENCES domainflow.job_queue)'),
        ($$CREATE FUNCTION public.drift(domainflow.job_status) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''ready''::text';
           CREATE CAST (domainflow.job_status AS text) WITH FUNCTION public.drift AS IMPLICIT$$),
        (format('ALTER TABLE domainflow.%I SET UNLOGGED', 'audit_log' || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM'))),
        (format('ALTER TABLE domainflow.%I SET SCHEMA public', 'audit_log' || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM'))),
        (format('GRANT SELECT (user_id) ON domainflow.%I TO PUBLIC', 'audit_log' || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')))) AS v (sql)
        WHERE pg_temp.drifts(sql) = 'nothing'$q$, $$SELECT ''::text, ''::text WHERE false$$, 'what hangs on our roles and objects from elsewhere');
ROLLBACK TO a;

-- What stands at the head of each script and before each step.
:prelude
SET LOCAL search_path = public;
SELECT pass('the prelude is content with a clean database');
CREATE ROLE domainflow_test_stranger;
SAVEPOINT b;
CREATE TABLE domainflow.trap (id int);
ALTER TABLE domainflow.trap OWNER TO domainflow_test_stranger;
SELECT throws_ok(:'prelude', 'DF302', NULL, 'a table of a stranger is in the way');
ROLLBACK TO b;
CREATE FUNCTION domainflow.version(text) RETURNS text LANGUAGE sql AS 'SELECT 1::text';
ALTER FUNCTION domainflow.version(text) OWNER TO domainflow_test_stranger;
SELECT throws_ok(:'prelude', 'DF302', NULL, 'an overload of a stranger is in the way');
ROLLBACK TO b;
CREATE OPERATOR domainflow.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
ALTER OPERATOR domainflow.=== (int, int) OWNER TO domainflow_test_stranger;
SELECT throws_ok(:'prelude', 'DF302', NULL, 'an operator of a stranger is in the way');
ROLLBACK TO b;
GRANT CREATE ON SCHEMA domainflow TO domainflow_test_stranger;
SELECT throws_ok(:'prelude', 'DF302', NULL, 'a stranger who may create where definer functions look for names');
ROLLBACK TO b;
ALTER SCHEMA domainflow OWNER TO domainflow_test_stranger;
SELECT throws_ok(:'prelude', 'DF302', NULL, 'a schema of a stranger is in the way');
ROLLBACK TO b;
GRANT domainflow_definer TO domainflow_test_stranger;
SELECT throws_ok(:'prelude', 'DF402', NULL, 'a member of the role that is to own everything');
ROLLBACK TO b;
ALTER ROLE domainflow_guard LOGIN;
SELECT throws_ok(:'prelude', 'DF402', NULL, 'a role of ours that can log in');
ROLLBACK TO b;
ALTER ROLE domainflow_admin LOGIN;
SELECT throws_ok(:'prelude', 'DF402', NULL, 'one that is granted to others, too: its maker would know the password');
ROLLBACK TO b;
CREATE TABLE domainflow.U&"x\001b[2Jy\000aHINT: run this" (id int);
ALTER TABLE domainflow.U&"x\001b[2Jy\000aHINT: run this" OWNER TO domainflow_test_stranger;
SELECT throws_ok(:'prelude', 'DF302', 'table domainflow."x?[2Jy?HINT: run this" is there already and belongs to domainflow_test_stranger',
                 'its name cannot pass for a line of the message, or for a terminal''s commands');
ROLLBACK TO b;
SELECT is(domainflow._shown(E'a\x1b[31m' || repeat('x', 300), 10), 'a?[31mxxxx...', 'a value as messages show it');

SELECT * FROM finish();
ROLLBACK;
