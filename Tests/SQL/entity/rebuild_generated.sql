-- rebuild_generated(): the functions come back from rows, whatever happened to the numbers of the tables.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(20);
SET LOCAL search_path = public;
CREATE TABLE item (id bigint PRIMARY KEY, n integer);
CREATE TABLE other (id bigint PRIMARY KEY);
CREATE TABLE moved (id bigint PRIMARY KEY);
CREATE TABLE lost (id bigint PRIMARY KEY, no bigint, UNIQUE (no, id));
INSERT INTO item VALUES (1, 0);
SELECT lives_ok(format('SELECT domainflow.manage_entity(%L)', name), name || ' is managed') FROM unnest(ARRAY['item', 'other', 'moved']) AS t (name);
-- As on a logical subscriber: the rows are there, the functions are not, and the numbers are of other tables.
SELECT domainflow._drop_entity_functions('item');
UPDATE domainflow.managed_entity SET relation = 'other'::regclass WHERE entity = 'item';
DROP TABLE other;
ALTER TABLE moved RENAME TO settled;
SELECT domainflow.manage_entity('lost', p_key => 'lost_no_id_key') \g /dev/null
ALTER TABLE lost RENAME id TO number;
CREATE FUNCTION domainflow_generated.atomic_update_gone_state() RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION domainflow_generated.atomic_update_gone_state() OWNER TO domainflow_definer;
-- What is not of that name, schema or owner is not touched.
CREATE FUNCTION domainflow_generated.update_gone_state() RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION domainflow_generated.update_gone_state() OWNER TO domainflow_definer;
CREATE FUNCTION public.atomic_update_gone_state() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION domainflow_generated.atomic_update_kept_state() RETURNS integer LANGUAGE sql AS 'SELECT 1';

SET LOCAL ROLE domainflow_owner;
SELECT results_eq($$SELECT kind, name, left(outcome, 31) FROM domainflow.rebuild_generated() WHERE name NOT LIKE '%sample%'$$,
                  $$VALUES ('entity', 'item', 'made'), ('entity', 'lost', 'entity lost has no table with i'), ('entity', 'moved', 'made'), ('entity', 'other', 'entity other has no table with '),
                           ('function', 'domainflow_generated.atomic_update_gone_state()', 'dropped')$$, 'each is made, or says why not');
RESET ROLE;
SELECT has_function(f.space::name, f.name::name, f.space || '.' || f.name || ' stays')
  FROM (VALUES ('domainflow_generated', 'update_gone_state'), ('public', 'atomic_update_gone_state'), ('domainflow_generated', 'atomic_update_kept_state')) AS f (space, name);
SELECT is((domainflow_generated.atomic_update_item_state(1, 1, '{"n": 1}')).new_version, 2::bigint, 'a function that was lost works again');
SELECT is((SELECT relation::regclass FROM domainflow.managed_entity WHERE entity = 'item'), 'item'::regclass, 'for the table of that name');
SELECT is((SELECT table_name FROM domainflow.managed_entity WHERE entity = 'moved'), 'settled', 'a renamed table is found by its number');
SELECT is((domainflow_generated.atomic_update_moved_state(1, 1, '{}')).error_message, 'moved 1 not found', 'and its function works');
SELECT function_privs_are('domainflow_generated', 'atomic_update_item_state', ARRAY['bigint', 'bigint', 'jsonb', 'jsonb'],
                          'domainflow_app', ARRAY['EXECUTE'], 'the application may execute it');
SELECT is((SELECT count(*) FROM domainflow.rebuild_generated()), 4::bigint, 'again: the same');
SELECT throws_ok($$SELECT domainflow.manage_entity('settled', 'item')$$, 'DF302', NULL, 'names stay taken');
SELECT lives_ok(format('SELECT domainflow.unmanage_entity(%s)', relation), 'a dropped table is unmanaged by its number')
  FROM domainflow.managed_entity WHERE entity = 'other';
SELECT function_privs_are('domainflow', 'rebuild_generated', ARRAY[]::text[], 'domainflow_app', ARRAY[]::text[], 'it is not for the application');
SELECT is((SELECT count(*) FROM domainflow.rebuild_generated()), 3::bigint, 'three are left');

-- Whatever keeps one entity from being made is its outcome.
CREATE SCHEMA hidden;
GRANT USAGE ON SCHEMA hidden TO domainflow_definer;
CREATE DOMAIN hidden.number AS bigint;
CREATE TABLE hidden.thing (id hidden.number PRIMARY KEY);
SELECT domainflow.manage_entity('hidden.thing') \g /dev/null
REVOKE USAGE ON SCHEMA hidden FROM domainflow_definer;
SELECT matches((SELECT outcome FROM domainflow.rebuild_generated() WHERE name = 'thing'), 'type of the key', 'a type that cannot be used');
ALTER SCHEMA domainflow_generated OWNER TO CURRENT_USER;
SELECT matches((SELECT outcome FROM domainflow.rebuild_generated() WHERE name = 'item'), 'permission denied', 'a schema in which nothing may be made');
ALTER SCHEMA domainflow_generated OWNER TO domainflow_definer;
ALTER ROLE domainflow_app RENAME TO domainflow_test_app;
SELECT matches((SELECT outcome FROM domainflow.rebuild_generated() WHERE name = 'item'), 'does not exist', 'a role that is missing');
ALTER ROLE domainflow_test_app RENAME TO domainflow_app;

SELECT * FROM finish();
ROLLBACK;
