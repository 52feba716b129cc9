-- audit_table() and unaudit_table(): whom and what they refuse, what they leave, and that nobody gains rights by the function they make.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SET LOCAL search_path = public;
SELECT plan(56);

CREATE ROLE zz_deployer;
CREATE ROLE zz_stranger;
GRANT domainflow_owner TO zz_deployer, zz_stranger;
CREATE SCHEMA zz AUTHORIZATION zz_deployer;
GRANT USAGE ON SCHEMA zz TO zz_stranger;
SET LOCAL ROLE zz_deployer;
CREATE TABLE zz.account (id bigint PRIMARY KEY, name text, secret text);
CREATE TABLE zz.part (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE zz.part_low PARTITION OF zz.part FOR VALUES FROM (0) TO (10);
CREATE VIEW zz.seen AS SELECT 1 AS a;
CREATE TEMPORARY TABLE zz_temporary (id integer PRIMARY KEY);

SELECT throws_ok(s, c, NULL, s) FROM (VALUES
    ('SELECT domainflow.audit_table(NULL)', 'DF405'), ('SELECT domainflow.audit_table(''zz.seen'')', 'DF405'),
    ('SELECT domainflow.audit_table(''zz_temporary'')', 'DF405'), ('SELECT domainflow.audit_table(''zz.part_low'')', 'DF405'),
    ('SELECT domainflow.audit_table(''domainflow.audit_log'')', 'DF405'), ('SELECT domainflow.audit_table(''pg_catalog.pg_class'')', 'DF405'),
    ('SELECT domainflow.audit_table(''zz.account'', ''{none}'')', 'DF203'), ('SELECT domainflow.audit_table(''zz.account'', p_redact => ''{none}'')', 'DF203'),
    ('SELECT domainflow.audit_table(''zz.account'', ''{ctid}'')', 'DF203'), ('SELECT domainflow.audit_table(''zz.account'', p_redact => ''{id}'')', 'DF201'),
    ('SELECT domainflow.audit_table(''zz.account'', ARRAY[NULL])', 'DF202'), ('SELECT domainflow.audit_table(''zz.account'', p_redact => ARRAY[NULL])', 'DF202'),
    ('SELECT domainflow.audit_table(''zz.account'', p_only_changed => NULL)', 'DF202'), ('SELECT domainflow.unaudit_table(''zz.account'')', 'DF301'),
    ('SELECT domainflow.unaudit_table(NULL)', 'DF301')) AS v (s, c);
RESET ROLE;
SET LOCAL ROLE zz_stranger;
SELECT throws_ok('SELECT domainflow._remember_audit(''zz.account'', NULL, NULL, true)', 'DF102', NULL, 'somebody else''s table');
SELECT throws_ok('SELECT domainflow._forget_audit(''zz.account'')', 'DF102', NULL, 'nor forgets it');
RESET ROLE;
SET LOCAL ROLE domainflow_app;
SELECT throws_ok('SELECT domainflow.audit_table(''zz.account'')', '42501', NULL, 'not for the application');
RESET ROLE;

SET LOCAL ROLE zz_deployer;
SELECT domainflow.audit_table('zz.account', p_redact => '{secret}') AS made \gset
SELECT has_trigger('zz', 'account', 'domainflow_audit', 'a trigger for rows');
SELECT has_trigger('zz', 'account', 'domainflow_audit_truncate', 'and one for TRUNCATE');
SELECT is((SELECT string_agg(DISTINCT tgenabled::text, '') FROM pg_trigger WHERE tgrelid = 'zz.account'::regclass), 'A', 'both fire always');
SELECT domainflow.audit_table('zz.part') \g /dev/null
SELECT is((SELECT string_agg(DISTINCT t.tgenabled::text, '') FROM pg_trigger AS t WHERE t.tgrelid = 'zz.part_low'::regclass AND NOT tgisinternal), 'A', 'on partitions too');
CREATE TABLE zz.part_high PARTITION OF zz.part FOR VALUES FROM (10) TO (20);
SELECT is((SELECT count(*) FROM pg_trigger AS t WHERE t.tgrelid = 'zz.part_high'::regclass AND t.tgname = 'domainflow_audit'), 1::bigint, 'on one of later: for rows');
SELECT is((SELECT count(*) FROM pg_trigger AS t WHERE t.tgrelid = 'zz.part_high'::regclass AND t.tgname = 'domainflow_audit_truncate'), 0::bigint, 'not for TRUNCATE');
SELECT lives_ok('SELECT domainflow.audit_table(''zz.part'')', 'which comes when it is called again');
SELECT is((SELECT count(*) FROM pg_trigger AS t WHERE t.tgrelid = 'zz.part_high'::regclass AND t.tgname = 'domainflow_audit_truncate'), 1::bigint, 'for TRUNCATE as well');
RESET ROLE;
SELECT is(:'made', (SELECT 'domainflow_generated.' || function_name || '()' FROM domainflow.audited_table WHERE table_name = 'account'), 'its answer is the signature');
SELECT is(pg_get_userbyid(proowner), 'domainflow_definer', 'whose owner is ours') FROM pg_proc WHERE oid = to_regprocedure(:'made');
SELECT function_privs_are('domainflow_generated', (SELECT function_name::name FROM domainflow.audited_table WHERE table_name = 'account'), ARRAY[]::text[], 'domainflow_app', ARRAY[]::text[], 'not for the application');
SELECT is_empty($$SELECT * FROM domainflow.catalog_drift() WHERE kind LIKE '%function'$$, 'it is no drift');
SAVEPOINT a;
DO $$ BEGIN EXECUTE format('ALTER FUNCTION domainflow_generated.%I() SET search_path = public', (SELECT function_name FROM domainflow.audited_table WHERE table_name = 'account')); END $$;
SELECT isnt_empty($$SELECT * FROM domainflow.catalog_drift() WHERE kind = 'function'$$, 'but when somebody touches it');
ROLLBACK TO a;
SELECT is((SELECT new FROM domainflow.row_change WHERE operation = 'AUDIT' AND table_name = 'account'),
          '{"columns": null, "redacted": ["secret"], "only_changed": true}', 'the log says since when, and what it leaves out');

-- Nobody gains rights, and no secret gets through.
CREATE TYPE zz.mood AS ENUM ('glad');
ALTER TYPE zz.mood OWNER TO zz_deployer;
SET LOCAL ROLE zz_deployer;
CREATE TABLE zz.trap (id integer PRIMARY KEY, mood zz.mood, moods zz.mood []);
CREATE TABLE zz.ran (as_role text);
CREATE FUNCTION zz.trap(zz.mood) RETURNS json LANGUAGE plpgsql AS $$BEGIN INSERT INTO zz.ran VALUES (current_user); RETURN '1'; END$$;
CREATE FUNCTION zz.trap_text(zz.mood) RETURNS text LANGUAGE plpgsql AS $$BEGIN INSERT INTO zz.ran VALUES (current_user); RETURN '1'; END$$;
CREATE FUNCTION zz.trap_equal(zz.mood, zz.mood) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN INSERT INTO zz.ran VALUES (current_user); RETURN true; END$$;
CREATE FUNCTION zz.trap_equal_text(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN INSERT INTO zz.ran VALUES (current_user); RETURN true; END$$;
CREATE OPERATOR zz.= (LEFTARG = zz.mood, RIGHTARG = zz.mood, FUNCTION = zz.trap_equal);
SELECT domainflow.audit_table('zz.trap') \g /dev/null
CREATE CAST (zz.mood AS json) WITH FUNCTION zz.trap(zz.mood) AS IMPLICIT;
CREATE CAST (zz.mood AS text) WITH FUNCTION zz.trap_text(zz.mood) AS IMPLICIT;
CREATE FUNCTION zz.trap_equal(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN INSERT INTO zz.ran VALUES (current_user); RETURN true; END$$;
CREATE OPERATOR zz.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = zz.trap_equal);
CREATE OPERATOR zz.= (LEFTARG = text, RIGHTARG = text, FUNCTION = zz.trap_equal_text);
SET LOCAL search_path = zz, pg_catalog, public;
INSERT INTO zz.account VALUES (9, 'x', 'y');
UPDATE zz.account SET name = 'z';
DELETE FROM zz.account;
INSERT INTO zz.trap VALUES (1, 'glad', '{glad}');
UPDATE zz.trap SET moods = NULL;
ALTER TABLE zz.trap ADD COLUMN more zz.mood;
UPDATE zz.trap SET more = 'glad';
SET LOCAL search_path = public;
SELECT is_empty('SELECT * FROM zz.ran', 'casts and operators of users'' types do not run with our rights');
SELECT lives_ok('INSERT INTO zz.account VALUES (1, ''Ada'', ''sesame''); UPDATE zz.account SET secret = ''sesame 2''; DELETE FROM zz.account', 'an owner without rights on the log writes');
SELECT throws_ok('SELECT * FROM domainflow.row_change', '42501', NULL, 'and cannot read it');
SELECT throws_ok('INSERT INTO domainflow.row_change (operation, schema_name, table_name) VALUES (''INSERT'', ''a'', ''b'')', '42501', NULL, 'nor write it');
SELECT throws_ok('UPDATE domainflow.audited_table SET redacted_names = ''{}''', '42501', NULL, 'nor change what is redacted past audit_table()');
RESET ROLE;
SELECT is_empty($$SELECT c FROM domainflow.row_change AS c WHERE c::text LIKE '%sesame%'$$, 'a redacted value is nowhere');
SELECT results_eq($$SELECT new ->> 'mood', new ->> 'moods' FROM domainflow.row_change WHERE table_name = 'trap' AND operation = 'INSERT'$$, $$VALUES ('glad', '{glad}')$$, 'and the enum is what it is');

-- Made again from its row.
ALTER TABLE zz.account ADD COLUMN plus text;
SELECT results_eq($$SELECT kind, name, outcome FROM domainflow.rebuild_generated() WHERE kind = 'audit' AND name LIKE 'zz.%'$$,
    $$VALUES ('audit', 'zz.account', 'made'), ('audit', 'zz.part', 'made'), ('audit', 'zz.trap', 'made')$$, 'each is made again');
SELECT ok((SELECT domainflow._audit_shape('zz.account') = made_for FROM domainflow.audited_table WHERE table_name = 'account'), 'for the columns there are now');
ALTER TABLE zz.account RENAME COLUMN secret TO hidden;
ALTER TABLE zz.account RENAME COLUMN name TO secret;
SELECT domainflow.rebuild_generated() \g /dev/null
SELECT is((SELECT redacted_names::text[] FROM domainflow.audited_table WHERE table_name = 'account'), '{secret,hidden}', 'in doubt redacted');
SET LOCAL ROLE zz_deployer;
SELECT domainflow.audit_table('zz.account', p_redact => '{hidden}') \g /dev/null
INSERT INTO zz.account VALUES (2, 'Ada', 'sesame');
RESET ROLE;
SELECT is((SELECT (new ->> 'secret') || redacted::text FROM domainflow.row_change WHERE key = '{"id": 2}'), 'Ada{"hidden": true}', 'until its owner says so');
ALTER TABLE zz.account DISABLE TRIGGER domainflow_audit;
SELECT alike((SELECT outcome FROM domainflow.rebuild_generated() WHERE name = 'zz.account'), '%its owner must call audit_table%', 'a trigger that does not fire is named');
ALTER TABLE zz.account ENABLE TRIGGER domainflow_audit;
SELECT alike((SELECT outcome FROM domainflow.rebuild_generated() WHERE name = 'zz.account'), '%its owner must call audit_table%', 'one that does not fire always too');
-- As after a restore: numbers mean nothing.
UPDATE domainflow.audited_table SET relation = 'zz.trap'::regclass, redacted_numbers = '{2}' WHERE table_name = 'account';
SELECT domainflow.rebuild_generated() \g /dev/null
SELECT ok((SELECT redacted_names = '{hidden}' AND relation = 'zz.account'::regclass FROM domainflow.audited_table WHERE table_name = 'account'), 'then the names count');

-- The end.
SET LOCAL ROLE zz_deployer;
SELECT throws_ok('SELECT domainflow._forget_audit(''zz.account'')', 'DF306', NULL, 'not while a trigger records');
RESET ROLE;
SELECT domainflow.audit_table('zz.account', p_redact => '{hidden}') \g /dev/null
ALTER TABLE zz.account RENAME TO settled;
SET LOCAL ROLE zz_deployer;
SELECT lives_ok('SELECT domainflow.unaudit_table(''zz.settled'')', 'a renamed table');
INSERT INTO zz.settled VALUES (3, 'Ada', 'sesame');
RESET ROLE;
SELECT is_empty($$SELECT FROM domainflow.row_change WHERE key = '{"id": 3}'$$, 'is recorded no more');
SELECT is((SELECT count(*) FROM domainflow.row_change WHERE operation = 'UNAUDIT' AND old -> 'redacted' = '["hidden"]'), 1::bigint, 'and the log says so');
SELECT hasnt_function('domainflow_generated', replace(split_part(:'made', '.', 2), '()', '')::name, 'its function is gone');
SELECT relation AS number FROM domainflow.audited_table WHERE table_name = 'trap' \gset
DROP TABLE zz.trap;
SELECT alike((SELECT outcome FROM domainflow.rebuild_generated() WHERE name = 'zz.trap'), 'audited table zz.trap is gone', 'a table that was dropped');
SELECT lives_ok(format('SELECT domainflow.unaudit_table(%L)', :'number'), 'is forgotten by its number');
DO $$ BEGIN EXECUTE 'CREATE FUNCTION domainflow_generated.audit_x_00000000() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END'''; END $$;
ALTER FUNCTION domainflow_generated.audit_x_00000000() OWNER TO domainflow_definer;
SELECT is((SELECT outcome FROM domainflow.rebuild_generated() WHERE kind = 'function'), 'dropped', 'a function without a row goes');
SELECT lives_ok('SELECT domainflow.unaudit_table(''zz.part'')', 'a partitioned table');
SELECT is((SELECT count(*) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = 'zz'::regnamespace AND t.tgname LIKE 'domainflow%'), 0::bigint, 'keeps no trigger');
SELECT * FROM finish();
ROLLBACK;
