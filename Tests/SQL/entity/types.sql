-- Every kind of column and table through a managed entity: types with their own input, partitioned tables, inheritance.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(24);
CREATE SCHEMA kinds;
SET LOCAL search_path = kinds, public;
-- The settings of the literals in this file; the functions do not depend on them.
SET LOCAL bytea_output = 'hex';
SET LOCAL standard_conforming_strings = on;
SET LOCAL timezone = 'UTC';
SET LOCAL intervalstyle = 'postgres';
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE point2 AS (x int, y text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN required AS text NOT NULL;
CREATE DOMAIN document AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');
CREATE DOMAIN few AS int[] CHECK (cardinality(VALUE) < 4);
CREATE TABLE thing (
    code mood PRIMARY KEY, m mood, p point2, d positive, r required, doc document, f few, j json, jb jsonb, a text[], n numeric(6, 2),
    v varchar(3), c char(4), b bytea, ts timestamptz, iv interval, u uuid, bo boolean, rg int4range, gone int);
ALTER TABLE thing DROP COLUMN gone;
INSERT INTO thing (code, r) VALUES ('sad', 'x');
SELECT throws_ok($$SELECT domainflow.manage_entity('thing')$$, 'DF402', NULL, 'a key type that the functions'' owner may not use');
GRANT USAGE ON SCHEMA kinds TO domainflow_definer;
SELECT is(domainflow.manage_entity('thing'), 'domainflow_generated.atomic_update_thing_state(kinds.mood, bigint, jsonb, jsonb)', 'a key of an enum type');
SET LOCAL search_path = public;
SELECT is((domainflow_generated.atomic_update_thing_state('sad', 1, '{"m": "happy", "p": {"x": 1, "y": "q"}, "d": 5, "r": "y", "doc": {"k": [1]},
    "f": [1, 2], "j": "text", "jb": [1, null], "a": ["x", "y\"z"], "n": 1.239, "v": "abc", "c": "ab", "b": "\\x00ff",
    "ts": "2020-01-01T00:00:00Z", "iv": "2 hours", "u": "00000000-0000-0000-0000-000000000001", "bo": true, "rg": "[1,5)"}')).new_version,
          2::bigint, 'every type is set');
SELECT is((SELECT to_jsonb(t) - 'code' FROM kinds.thing AS t),
          '{"m": "happy", "p": {"x": 1, "y": "q"}, "d": 5, "r": "y", "doc": {"k": [1]}, "f": [1, 2], "j": "text", "jb": [1, null],
            "a": ["x", "y\"z"], "n": 1.24, "v": "abc", "c": "ab  ", "b": "\\x00ff", "ts": "2020-01-01T00:00:00+00:00", "iv": "02:00:00",
            "u": "00000000-0000-0000-0000-000000000001", "bo": true, "rg": "[1,5)", "version": 2}', 'and reads back as it was given');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_thing_state('sad', 2, '{"v": "abcd"}')$$, '22001', NULL, 'too long is an error, not a cut');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_thing_state('sad', 2, '{"d": 0}')$$, '23514', NULL, 'a domain''s check holds');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_thing_state('sad', 2, '{"r": null}')$$, '23502', NULL, 'a domain''s NOT NULL holds');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_thing_state('sad', 2, '{"doc": 1}')$$, '23514', NULL, 'a domain over jsonb too');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_thing_state('sad', 2, '{"f": [1, 2, 3, 4]}')$$, '23514', NULL, 'a domain over an array too');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_thing_state('sad', 2, '{"m": "angry"}')$$, '22P02', NULL, 'a label that the enum has not');
SELECT is((domainflow_generated.atomic_update_thing_state('sad', 2, '{"p": null, "a": null, "j": null, "doc": null, "m": null}')).success, true, 'nulls');
SELECT results_eq('SELECT p IS NULL, a IS NULL, j IS NULL, doc IS NULL, m IS NULL, r::text FROM kinds.thing',
                  $$VALUES (true, true, true, true, true, 'y')$$, 'JSON null sets NULL in every type');
SELECT results_eq($$SELECT success FROM domainflow_generated.atomic_update_thing_states('{sad}', '{3}', ARRAY['{"a": ["q"], "p": {"x": 7}, "m": "sad"}']::jsonb[])$$,
                  ARRAY[true], 'the batch form takes the same types');
SELECT results_eq('SELECT a, (p).x, m::text FROM kinds.thing', $$VALUES (ARRAY['q'], 7, 'sad')$$, 'and sets them');

CREATE TABLE kinds.part (id bigint PRIMARY KEY, n int) PARTITION BY RANGE (id);
CREATE TABLE kinds.part_1 PARTITION OF kinds.part FOR VALUES FROM (0) TO (10);
CREATE TABLE kinds.part_2 (n int, gone int, id bigint NOT NULL);
ALTER TABLE kinds.part_2 DROP COLUMN gone;
ALTER TABLE kinds.part ATTACH PARTITION kinds.part_2 FOR VALUES FROM (10) TO (20);
INSERT INTO kinds.part VALUES (1, 0), (11, 0);
SELECT lives_ok($$SELECT domainflow.manage_entity('kinds.part')$$, 'a partitioned table');
SELECT is((domainflow_generated.atomic_update_part_state(11, 1, '{"n": 2}')).new_version, 2::bigint, 'a row in a partition of another shape');
SELECT results_eq($$SELECT success FROM domainflow_generated.atomic_update_part_states('{11,1}', '{2,1}', ARRAY['{"n": 3}', '{"n": 4}']::jsonb[])$$,
                  ARRAY[true, true], 'rows in two partitions');
SELECT results_eq('SELECT id, n, version FROM kinds.part ORDER BY id', $$VALUES (1::bigint, 4, 2::bigint), (11, 3, 3)$$, 'both changed');

CREATE TABLE kinds.parent (id int PRIMARY KEY, n int);
CREATE TABLE kinds.child () INHERITS (kinds.parent);
INSERT INTO kinds.parent VALUES (1, 0);
INSERT INTO kinds.child VALUES (1, 0);
SELECT lives_ok($$SELECT domainflow.manage_entity('kinds.parent')$$, 'a table that another inherits from');
SELECT is((domainflow_generated.atomic_update_parent_state(1, 1, '{"n": 1}')).success, true, 'its row is updated');
SELECT is((SELECT n FROM kinds.child), 0, 'the row with the same id in the child is not');
CREATE TABLE kinds.only_key (id int PRIMARY KEY);
INSERT INTO kinds.only_key VALUES (1);
SELECT lives_ok($$SELECT domainflow.manage_entity('kinds.only_key')$$, 'a table without anything to set');
SELECT is((domainflow_generated.atomic_update_only_key_state(1, 1, '{}')).new_version, 2::bigint, 'its version can be raised');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_only_key_state(1, 2, '{"x": 1}')$$, 'DF203', NULL, 'and nothing be set');

SELECT * FROM finish();
ROLLBACK;
