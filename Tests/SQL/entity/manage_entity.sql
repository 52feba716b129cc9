-- manage_entity() and unmanage_entity(): which tables they take, what they add, and how they come back after changes.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(49);
SET LOCAL search_path = public;
CREATE SCHEMA "Shop ""1""";

CREATE TABLE "Shop ""1"""."Order Line" (
    "Id No" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "a'b" text, "$$" text, e int, p_new_data int, p_entity_id int);
INSERT INTO "Shop ""1"""."Order Line" ("a'b", e) VALUES ('x', 1);
SELECT is(domainflow.manage_entity('"Shop ""1"""."Order Line"'),
          'domainflow_generated.atomic_update_order_line_state(bigint, bigint, jsonb, jsonb)', 'returns the signature; the name comes from the table');
SELECT col_type_is('Shop "1"', 'Order Line', 'version', 'bigint', 'the version column was added');
SELECT col_not_null('Shop "1"', 'Order Line', 'version', 'it is not null');
SELECT row_eq($q$SELECT * FROM domainflow_generated.atomic_update_order_line_state(
                   1, 1, '{"a''b": "y", "$$": "z", "e": 2, "p_new_data": 3, "p_entity_id": 4}')$q$,
              ROW(true, 2, NULL, NULL)::domainflow.entity_update_result, 'names that need quoting work');
SELECT results_eq($q$SELECT "a'b", "$$", e, p_new_data, p_entity_id, version FROM "Shop ""1"""."Order Line"$q$,
                  $$VALUES ('y', 'z', 2, 3, 4, 2::bigint)$$, 'and so do columns named like parameters and aliases');
SELECT is(domainflow.manage_entity('"Shop ""1"""."Order Line"'), single_function, 'again: the same')
  FROM domainflow.managed_entity WHERE entity = 'order_line';
SELECT matches(obj_description('domainflow_generated.atomic_update_order_line_state(bigint,bigint,jsonb,jsonb)'::regprocedure), '^run-time: ',
               'the function is marked as made at run time');
SELECT function_privs_are('domainflow_generated', 'atomic_update_order_line_states', ARRAY['bigint[]', 'bigint[]', 'jsonb[]', 'jsonb'],
                          'domainflow_app', ARRAY['EXECUTE'], 'the application may execute it');
SELECT function_privs_are('domainflow_generated', 'atomic_update_order_line_state', ARRAY['bigint', 'bigint', 'jsonb', 'jsonb'], 'public',
                          ARRAY[]::text[], 'PUBLIC may not');

SELECT throws_ok($$SELECT domainflow_generated.atomic_update_order_line_state(1, 2, '{"more": 1}')$$, 'DF203', NULL, 'a column that does not exist yet');
ALTER TABLE "Shop ""1"""."Order Line" ADD COLUMN more int;
SELECT lives_ok($$SELECT domainflow.manage_entity('"Shop ""1"""."Order Line"')$$, 'managed again after a column was added');
SELECT is((domainflow_generated.atomic_update_order_line_state(1, 2, '{"more": 1}')).new_version, 3::bigint, 'the new column can be set');
ALTER TABLE "Shop ""1"""."Order Line" RENAME TO orders;
ALTER TABLE "Shop ""1""".orders ALTER COLUMN "Id No" DROP IDENTITY;
ALTER TABLE "Shop ""1""".orders ALTER COLUMN "Id No" TYPE text;
SELECT is(domainflow.manage_entity('"Shop ""1""".orders'), 'domainflow_generated.atomic_update_order_line_state(text, bigint, jsonb, jsonb)',
          'a renamed table keeps its entity; another type of key makes another signature');
SELECT is((SELECT count(*) FROM pg_proc WHERE proname ~ '^atomic_update_order_line_'), 2::bigint, 'the old functions are gone');
SELECT is((domainflow_generated.atomic_update_order_line_state('1', 3, '{}')).new_version, 4::bigint, 'the renamed table is updated');

CREATE TABLE other (id int PRIMARY KEY, n int);
SELECT throws_ok($$SELECT domainflow.manage_entity('other', 'order_line')$$, 'DF302', NULL, 'a name that is another table');
SELECT throws_ok($$SELECT domainflow.manage_entity('other', 'entity')$$, 'DF302', NULL, 'the name of the generic form');
SELECT throws_ok($$SELECT domainflow.manage_entity('other', 'No Name')$$, 'DF201', NULL, 'a name that is no name');
SELECT throws_ok($$SELECT domainflow.manage_entity('"Shop ""1""".orders', 'orders')$$, 'DF302', NULL, 'a second name for one table');
SELECT throws_ok($$SELECT domainflow.manage_entity('other', p_key => 'n')$$, 'DF201', NULL, 'a key that is not unique');
SELECT throws_ok($$SELECT domainflow.manage_entity('other', p_key => 'none')$$, 'DF201', NULL, 'a key that does not exist');
SELECT throws_ok($$SELECT domainflow.manage_entity('other', p_version => 'n')$$, 'DF201', NULL, 'a version that is not bigint not null');
SELECT throws_ok($$SELECT domainflow.manage_entity(NULL)$$, 'DF405', NULL, 'null is no table');
CREATE VIEW v AS SELECT 1 AS id;
SELECT throws_ok($$SELECT domainflow.manage_entity('v')$$, 'DF405', NULL, 'a view is no table');
CREATE TABLE pair (a int, b int, u uuid UNIQUE, PRIMARY KEY (a, b));
SELECT is(domainflow.manage_entity('pair', 'both'), 'domainflow_generated.atomic_update_both_state(integer, integer, bigint, jsonb, jsonb)',
          'a key of two columns: one argument for each');
SELECT lives_ok($$SELECT domainflow.unmanage_entity('pair', true)$$, 'unmanaged again');
CREATE TABLE bare (a int);
SELECT throws_ok($$SELECT domainflow.manage_entity('bare')$$, 'DF405', NULL, 'no key at all');
SELECT is(domainflow.manage_entity('pair', p_key => 'u', p_version => 'rev'), 'domainflow_generated.atomic_update_pair_state(uuid, bigint, jsonb, jsonb)',
          'another unique column as key, another name for the version');
SELECT has_column('pair', 'rev', 'the version has the name that was given');

SELECT lives_ok($$SELECT domainflow.unmanage_entity('pair', p_drop_version => true)$$, 'unmanaged');
SELECT hasnt_column('pair', 'rev', 'the version column went');
SELECT hasnt_function('domainflow_generated', 'atomic_update_pair_state', 'the functions went');
SELECT throws_ok($$SELECT domainflow.unmanage_entity('pair')$$, 'DF301', NULL, 'unmanaging what is not managed');
SELECT throws_ok($$SELECT domainflow.unmanage_entity(NULL)$$, 'DF301', NULL, 'unmanaging null');
SELECT lives_ok($$SELECT domainflow.manage_entity('other')$$, 'an integer key');
SELECT lives_ok($$SELECT domainflow.unmanage_entity('other')$$, 'unmanaged without dropping');
SELECT has_column('other', 'version', 'the version column stays');

SELECT lives_ok($$SELECT domainflow.manage_entity('other')$$, 'managed with the column it has');
CREATE TEMPORARY TABLE dropped AS SELECT relation::text AS number FROM domainflow.managed_entity WHERE entity = 'other';
DROP TABLE other;
CREATE TABLE other (id bigint PRIMARY KEY);
SELECT lives_ok($$SELECT domainflow.manage_entity('other')$$, 'the name of a dropped table is free again');
SELECT is((SELECT relation::regclass FROM domainflow.managed_entity WHERE entity = 'other'), 'other'::regclass, 'and belongs to the new one');
SELECT throws_ok(format('SELECT domainflow.unmanage_entity(%L)', number), 'DF301', NULL, 'the dropped one is forgotten') FROM dropped;
DROP TABLE other;
SELECT lives_ok(format('SELECT domainflow.unmanage_entity(%s, true)', relation), 'a dropped table is unmanaged by its number')
  FROM domainflow.managed_entity WHERE entity = 'other';
SELECT hasnt_function('domainflow_generated', 'atomic_update_other_state', 'its functions went');
RESET ROLE;
CREATE TABLE path (steps integer[] PRIMARY KEY, n integer UNIQUE NOT NULL);
SELECT throws_like($$SELECT domainflow.manage_entity('path')$$, 'key column %steps% of table % has a type of which there are no arrays', 'a key that is an array');
CREATE TABLE other_path (n integer[]);
SELECT lives_ok($$SELECT domainflow.manage_entity('path', p_key => 'n')$$, 'another key of that table');
SELECT throws_ok($$SELECT domainflow.manage_entity('path', p_version => '')$$, 'DF201', 'p_version and p_key are names, not empty texts', 'a version without a name');
SELECT throws_ok($$SELECT domainflow.manage_entity('path', p_key => '')$$, 'DF201', 'p_version and p_key are names, not empty texts', 'a key without a name');
SELECT throws_ok($$SELECT domainflow.manage_entity('domainflow.job')$$, 'DF405', NULL, 'a table of DomainFlow');
SELECT hasnt_column('domainflow', 'job', 'version', 'which stays as it was');

SELECT * FROM finish();
ROLLBACK;
