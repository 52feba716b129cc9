-- Keys of several columns, and partitioned tables whose key contains the partition column.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(29);
SET LOCAL search_path = public;
CREATE TABLE line (order_id integer, no integer, qty integer, "Note, x" text, PRIMARY KEY (order_id, no));
INSERT INTO line SELECT o, n, 0 FROM generate_series(1, 3) AS o, generate_series(1, 2) AS n;
SELECT is(domainflow.manage_entity('line'), 'domainflow_generated.atomic_update_line_state(integer, integer, bigint, jsonb, jsonb)', 'one argument a column');
SELECT results_eq($$SELECT * FROM domainflow_generated.atomic_update_line_state(p_order_id => 1, p_no => 2, p_expected_version => 1,
                        p_new_data => '{"qty": 5}', p_operation_context => '{}')$$,
                  $$VALUES (true, 2::bigint, NULL::bigint, NULL::text)$$, 'called by the names of the columns');
SELECT results_eq('SELECT qty FROM line WHERE version = 2', ARRAY[5], 'one row changed');
SELECT results_eq($$SELECT entity_id FROM domainflow.entity_event WHERE entity = 'line'$$, $$VALUES ('["1", "2"]')$$, 'the event has the key as a JSON array');
SELECT results_eq($$SELECT error_message FROM domainflow_generated.atomic_update_line_state(9, 9, 1, '{}')$$, $$VALUES ('line ["9", "9"] not found')$$, 'not found');
SELECT results_eq($$SELECT conflict_version FROM domainflow_generated.atomic_update_line_state(1, 2, 1, '{"qty": 1, "Note, x": "y"}')$$, ARRAY[2::bigint], 'a conflict');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_line_state(1, NULL, 1, '{}')$$, 'DF202', NULL, 'a null part of the key');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_line_state(1, 1, 1, '{"no": 3}')$$, 'DF201', NULL, 'a key column cannot be set');

PREPARE many AS SELECT success, new_version, conflict_version FROM domainflow_generated.atomic_update_line_states($1, $2, $3, $4, $5);
SELECT results_eq($$EXECUTE many('{3,1,1,7}', '{1,2,1,7}', '{1,1,1,1}', ARRAY['{"qty": 7}', '{"qty": 8}', '{"Note, x": "n"}', '{}']::jsonb[], '{"b": 1}')$$,
                  $$VALUES (true, 2::bigint, NULL::bigint), (false, NULL, 2), (true, 2, NULL), (false, NULL, NULL)$$, 'a batch, in its order');
SELECT results_eq('SELECT order_id, no, qty, "Note, x" FROM line WHERE version = 2 ORDER BY 1, 2',
                  $$VALUES (1, 1, 0, 'n'), (1, 2, 5, NULL), (3, 1, 7, NULL)$$, 'changed the right rows');
SELECT results_eq($$SELECT entity_id FROM domainflow.entity_event WHERE context = '{"b": 1}' ORDER BY 1$$, $$VALUES ('["1", "1"]'), ('["3", "1"]')$$, 'with events');
SELECT throws_ok($$EXECUTE many('{1,1}', '{1,1}', '{1,1}', ARRAY['{}', '{}']::jsonb[], NULL)$$, 'DF201', NULL, 'a key that occurs twice');
SELECT lives_ok($$EXECUTE many('{1,1}', '{1,2}', '{2,2}', ARRAY['{}', '{}']::jsonb[], NULL)$$, 'half a key may occur twice');
SELECT throws_ok($$EXECUTE many('{1,1}', '{1}', '{1,1}', ARRAY['{}', '{}']::jsonb[], NULL)$$, 'DF201', NULL, 'arrays of a key of different lengths');
SELECT throws_ok($$EXECUTE many('{1}', NULL, '{1}', ARRAY['{}']::jsonb[], NULL)$$, 'DF202', NULL, 'no array for a column');
SELECT throws_ok($$EXECUTE many('{1}', ARRAY[NULL]::int[], '{1}', ARRAY['{}']::jsonb[], NULL)$$, 'DF202', NULL, 'a null in one');

SELECT is((domainflow.atomic_update_entity_state('line', '["2", 2]', 1, '{"qty": 3}')).new_version, 2::bigint, 'the generic form takes a JSON array');
SELECT throws_ok($$SELECT domainflow.atomic_update_entity_state('line', '2', 1, '{}')$$, 'DF201', NULL, 'and nothing else');
SELECT throws_ok($$SELECT domainflow.atomic_update_entity_state('line', '["2"', 1, '{}')$$, 'DF201', NULL, 'which must be one');
SELECT throws_ok($$SELECT domainflow.atomic_update_entity_state('line', NULL, 1, '{}')$$, 'DF202', NULL, 'an id is required');

CREATE TABLE reading (id bigint, at timestamptz, value int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM ('2026-01-01Z') TO ('2026-02-01Z');
CREATE TABLE reading_2 PARTITION OF reading FOR VALUES FROM ('2026-02-01Z') TO ('2026-03-01Z');
INSERT INTO reading VALUES (1, '2026-01-05Z', 0), (1, '2026-02-05Z', 0);
SELECT is(domainflow.manage_entity('reading'), 'domainflow_generated.atomic_update_reading_state(bigint, timestamp with time zone, bigint, jsonb, jsonb)',
          'a table that is partitioned by time');
SET LOCAL timezone = 'Asia/Kathmandu';
SET LOCAL datestyle = 'German';
SELECT is((domainflow_generated.atomic_update_reading_state(1, '2026-02-05Z', 1, '{"value": 4}', '{"z": 1}')).new_version, 2::bigint, 'a row of one partition');
SELECT results_eq($$SELECT entity_id FROM domainflow.entity_event WHERE context = '{"z": 1}'$$, $$VALUES ('["1", "2026-02-05T00:00:00Z"]')$$,
                  'its key is written the same under every setting');
SELECT is((domainflow.atomic_update_entity_state('reading', '["1", "2026-02-05T00:00:00Z"]', 2, '{}')).new_version, 3::bigint, 'and read back');
SELECT results_eq($$SELECT success FROM domainflow_generated.atomic_update_reading_states('{1,1}', '{2026-02-05Z,2026-01-05Z}', '{3,1}', ARRAY['{"value": 5}', '{"value": 6}']::jsonb[])$$,
                  ARRAY[true, true], 'rows of two partitions');
SELECT results_eq('SELECT value, version FROM reading ORDER BY at', $$VALUES (6, 2::bigint), (5, 4)$$, 'both changed');
CREATE TABLE age (at timestamptz PRIMARY KEY, n integer);
INSERT INTO age VALUES ('infinity', 0), ('-infinity', 0), ('0044-03-15 12:00+00 BC', 0);
SELECT ok(domainflow.manage_entity('age') IS NOT NULL, 'a key of times without bounds');
SELECT is(count(*), 3::bigint, 'updated') FROM age AS a, domainflow_generated.atomic_update_age_state(a.at, 1, '{"n": 1}', '{"age": true}') AS r WHERE r.success;
SELECT results_eq($$SELECT r.success FROM domainflow.entity_event AS e, domainflow.atomic_update_entity_state('age', e.entity_id, 2, '{"n": 2}') AS r
                     WHERE e.entity = 'age'$$, ARRAY[true, true, true], 'the event names the row so that it is found');

SELECT * FROM finish();
ROLLBACK;
