-- atomic_update_<entity>_states(): answers in input order, each row by itself, the batch as a whole when it is malformed.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(21);
SET LOCAL search_path = public;
CREATE TABLE item (id bigint PRIMARY KEY, status text NOT NULL, data jsonb);
INSERT INTO item SELECT i, 'new', '{}' FROM generate_series(1, 10) AS i;
SELECT lives_ok($$SELECT domainflow.manage_entity('item')$$, 'a table is managed');

SELECT results_eq(
    $$SELECT * FROM domainflow_generated.atomic_update_item_states('{7,99,3,5}', '{1,1,8,1}',
          ARRAY['{"status": "a"}', '{"status": "b"}', '{"status": "c"}', '{"data": {"x": 1}}']::jsonb[])$$,
    $$VALUES (true, 2::bigint, NULL::bigint, NULL::text), (false, NULL, NULL, 'item 99 not found'),
             (false, NULL, 1, 'version conflict on item 3: expected 8, found 1'), (true, 2, NULL, NULL)$$,
    'answers come in the order of the ids');
SELECT results_eq('SELECT id, status, data FROM item WHERE version = 2 ORDER BY id',
                  $$VALUES (5::bigint, 'new', '{"x": 1}'::jsonb), (7, 'a', '{}')$$, 'the right rows changed');
SELECT is_empty('SELECT FROM domainflow.entity_event', 'no event without a context');
SELECT is_empty($$SELECT * FROM domainflow_generated.atomic_update_item_states('{}', '{}', '{}')$$, 'an empty batch');

SELECT results_eq($$SELECT success FROM domainflow_generated.atomic_update_item_states('{7,5,3}', '{2,1,1}',
                        ARRAY['{}', '{}', '{"status": "d"}']::jsonb[], '{"batch": 1}')$$, ARRAY[true, false, true], 'with a context');
SELECT results_eq('SELECT entity_id, version, data, context FROM domainflow.entity_event ORDER BY entity_id',
                  $$VALUES ('3', 2::bigint, '{"status": "d"}'::jsonb, '{"batch": 1}'::jsonb), ('7', 3, '{}', '{"batch": 1}')$$,
                  'one event for each row that changed');

PREPARE call AS SELECT * FROM domainflow_generated.atomic_update_item_states($1, $2, $3);
SELECT throws_ok($$EXECUTE call('{1,1}', '{1,2}', ARRAY['{}', '{}']::jsonb[])$$, 'DF201', NULL, 'an id that occurs twice');
SELECT throws_ok($$EXECUTE call('{1,2}', '{1}', ARRAY['{}', '{}']::jsonb[])$$, 'DF201', NULL, 'too few versions');
SELECT throws_ok($$EXECUTE call('{1}', '{1}', ARRAY['{}', '{}']::jsonb[])$$, 'DF201', NULL, 'too much data');
SELECT throws_ok($$EXECUTE call(NULL, '{1}', ARRAY['{}']::jsonb[])$$, 'DF202', NULL, 'no ids');
SELECT throws_ok($$EXECUTE call('{1}', NULL, ARRAY['{}']::jsonb[])$$, 'DF202', NULL, 'no versions');
SELECT throws_ok($$EXECUTE call('{1}', '{1}', NULL)$$, 'DF202', NULL, 'no data');
SELECT throws_ok($$EXECUTE call(ARRAY[1, NULL], '{1,1}', ARRAY['{}', '{}']::jsonb[])$$, 'DF202', NULL, 'a null id');
SELECT throws_ok($$EXECUTE call('{1,2}', ARRAY[1, NULL], ARRAY['{}', '{}']::jsonb[])$$, 'DF202', NULL, 'a null version');
SELECT throws_ok($$EXECUTE call('{1,2}', '{1,1}', ARRAY['{}', NULL]::jsonb[])$$, 'DF202', NULL, 'null data');
SELECT throws_ok($$EXECUTE call('{1,2}', '{1,1}', ARRAY['{}', '[]']::jsonb[])$$, 'DF201', NULL, 'data that is no object');
SELECT throws_ok($$EXECUTE call('{1,2}', '{1,1}', ARRAY['{}', '{"x": 1}']::jsonb[])$$, 'DF203',
                 'entity item has no column ''x'' (row 2 of the batch)', 'an unknown key says in which row');
SELECT throws_ok($$EXECUTE call('{1,2}', '{1,1}', ARRAY['{}', '{"version": 1}']::jsonb[])$$, 'DF201', NULL, 'a column that cannot be set');
SELECT is((SELECT version FROM item WHERE id = 1), 1::bigint, 'a refused batch changes nothing');

CREATE FUNCTION pg_temp.suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER suppress BEFORE UPDATE ON item FOR EACH ROW WHEN (old.id = 1) EXECUTE FUNCTION pg_temp.suppress();
SELECT results_eq($$SELECT success, conflict_version FROM domainflow_generated.atomic_update_item_states('{1,2}', '{1,1}', ARRAY['{}', '{}']::jsonb[])$$,
                  $$VALUES (false, 1::bigint), (true, NULL)$$, 'a row whose update a trigger suppressed');

SELECT * FROM finish();
ROLLBACK;
