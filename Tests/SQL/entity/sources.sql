-- What generated functions are made from: the table of an entity, the equality of its key, the columns and how they are set.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
-- Parts of functions are called here that do not set it themselves.
SET LOCAL quote_all_identifiers = off;
SELECT plan(43);
CREATE SCHEMA src;
SET LOCAL search_path = src, public;

-- The equality is that of the index which makes the column a key.
CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 OPERATOR(pg_catalog.=) $2';
CREATE FUNCTION same(int, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 OPERATOR(pg_catalog.=) $2';
CREATE FUNCTION same(bigint, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 OPERATOR(pg_catalog.=) $2';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same);
CREATE OPERATOR ==== (LEFTARG = int, RIGHTARG = bigint, FUNCTION = same);
CREATE OPERATOR ===== (LEFTARG = bigint, RIGHTARG = int, FUNCTION = same);
CREATE OPERATOR FAMILY alike USING btree;
CREATE OPERATOR CLASS alike FOR TYPE int USING btree FAMILY alike AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 ===, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
ALTER OPERATOR FAMILY alike USING btree ADD OPERATOR 3 ==== (int, bigint), OPERATOR 3 ===== (bigint, int), FUNCTION 1 (int, bigint) btint48cmp(int, bigint), FUNCTION 1 (bigint, int) btint84cmp(bigint, int);
CREATE TABLE matched (a int NOT NULL, b int NOT NULL, c int NOT NULL);
CREATE INDEX ON matched (b);
CREATE UNIQUE INDEX ON matched (a);
CREATE UNIQUE INDEX ON matched (b alike);
CREATE UNIQUE INDEX ON matched (c alike);
ALTER TABLE matched ADD PRIMARY KEY (c);
SELECT results_eq($$SELECT p.place, p.key_column, p.equals FROM domainflow._entity_key_parts('matched', '{b,c,a}') AS p$$,
    $$VALUES (1::bigint, 'b'::name, 'OPERATOR(src.===)'), (2, 'c', 'OPERATOR(pg_catalog.=)'), (3, 'a', 'OPERATOR(pg_catalog.=)')$$,
    'the primary key''s before the older one''s, of the key''s own type and column, for each column once');

-- Arguments have the names of the key's columns, as far as those fit.
DO $$ BEGIN EXECUTE format('CREATE TABLE src.named_a (%I int, n int, PRIMARY KEY (n, %1$I)); CREATE TABLE src.named_b (%I int, n int, PRIMARY KEY (n, %2$I))',
                           repeat('x', 60), repeat('x', 61)); END $$;
CREATE TABLE taken (id int, new_data int, PRIMARY KEY (id, new_data));
CREATE TABLE alone (new_data int PRIMARY KEY);
SELECT results_eq(format('SELECT p.argument, p.arguments FROM domainflow._entity_key_parts(%L, %L) AS p', t.name, t.keys), format('VALUES %s', t.arguments), 'arguments of ' || t.name)
  FROM (VALUES ('named_a', format('{n,%s}', repeat('x', 60)), format($$('p_n', 'p_ns'), ('p_%s', 'p_%1$ss')$$, repeat('x', 60))),
               ('named_b', format('{n,%s}', repeat('x', 61)), $$('p_entity_id_1', 'p_entity_id_1s'), ('p_entity_id_2', 'p_entity_id_2s')$$),
               ('taken', '{id,new_data}', $$('p_entity_id_1', 'p_entity_id_1s'), ('p_entity_id_2', 'p_entity_id_2s')$$),
               ('alone', '{new_data}', $$('p_entity_id', 'p_entity_ids')$$)) AS t (name, keys, arguments);

-- Columns that can be set, in the order of the table; plain are those that are in no unique index.
CREATE DOMAIN word AS text;
CREATE DOMAIN phrase AS word;
CREATE TABLE many (z int, d phrase, id bigint PRIMARY KEY, gone int, a int, u int, v int, s int GENERATED ALWAYS AS IDENTITY, j json, version bigint NOT NULL DEFAULT 1, UNIQUE (u, v));
ALTER TABLE many DROP COLUMN gone;
CREATE INDEX ON many (a);
SELECT results_eq($$SELECT a.settable, a.is_plain FROM domainflow._entity_assignments('many', '{id}', 'version', 'x') AS a$$,
    $$VALUES ('z'::name, true), ('d', true), ('a', true), ('u', false), ('v', false), ('j', true)$$, 'columns that can be set');

-- How many columns have a statement of their own, and how many are set to themselves, in the single and the batch form.
CREATE FUNCTION pg_temp.counted(p_columns integer, OUT own bigint, OUT single bigint, OUT batch bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_source text;
BEGIN
    EXECUTE format('CREATE TABLE src.n%s (id bigint PRIMARY KEY, code text UNIQUE, version bigint%s)', p_columns,
                   (SELECT string_agg(format(', c%s int', n), '') FROM generate_series(1, p_columns) AS n));
    v_source := domainflow._entity_single_source(format('src.n%s', p_columns)::regclass, 'n', '{id}', 'version');
    own := (SELECT count(*) FROM regexp_matches(v_source, '=[)] ''+[[]"', 'g'));
    single := (SELECT count(*) FROM regexp_matches(v_source, 'ELSE e[.][a-z0-9]+ END', 'g'));
    batch := (SELECT count(*) FROM regexp_matches(domainflow._entity_batch_source(format('src.n%s', p_columns)::regclass, 'n', '{id}', 'version'), 'ELSE e[.][a-z0-9]+ END', 'g'));
END
$$;
SELECT results_eq(format('SELECT * FROM pg_temp.counted(%s)', n.columns), format('VALUES (%s::bigint, %s::bigint, %s::bigint)', n.own, n.single, n.batch),
                  n.columns || ' plain columns and a unique one')
  FROM (VALUES (0, 1, 0, 0), (1, 2, 0, 1), (2, 3, 2, 2), (62, 63, 62, 62), (63, 64, 63, 63), (64, 64, 64, 64), (65, 64, 0, 0)) AS n (columns, own, single, batch);

-- Nobody sees that a column was set to itself: a trigger of that column, on the table or on a partition, does not fire.
CREATE TABLE fired (what text);
CREATE FUNCTION note_fired() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO src.fired VALUES (tg_name); RETURN NULL; END$$;
CREATE TABLE ordinary (id bigint PRIMARY KEY, a int, b int, c int);
CREATE TABLE parted (id bigint PRIMARY KEY, a int, b int, c int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
INSERT INTO ordinary VALUES (1), (2);
INSERT INTO parted VALUES (1), (2);
CREATE TRIGGER on_c AFTER UPDATE OF c ON ordinary FOR EACH ROW EXECUTE FUNCTION note_fired();
CREATE TRIGGER on_c AFTER UPDATE OF c ON parted_1 FOR EACH ROW EXECUTE FUNCTION note_fired();
SELECT lives_ok(format('SELECT domainflow.manage_entity(%L)', t), t || ' is managed') FROM unnest(ARRAY['ordinary', 'parted']) AS t;
SELECT results_eq(format($$SELECT success FROM domainflow_generated.atomic_update_%s_state(1, 1, '{"a": 1, "b": 2}')$$, t), 'VALUES (true)', 'two columns of ' || t)
  FROM unnest(ARRAY['ordinary', 'parted']) AS t;
SELECT results_eq(format($$SELECT success FROM domainflow_generated.atomic_update_%s_states('{1,2}', '{2,1}', ARRAY['{"a": 3, "b": 4}', '{"a": 5}']::jsonb[])$$, t),
                  'VALUES (true), (true)', 'and a batch')
  FROM unnest(ARRAY['ordinary', 'parted']) AS t;
SELECT is_empty('SELECT FROM fired', 'no trigger of a third column fires');

-- The table: of that name first, else of that number, if it has the columns.
CREATE SCHEMA elsewhere;
CREATE TABLE earlier (id bigint PRIMARY KEY, version bigint NOT NULL DEFAULT 1);
CREATE TABLE item (id bigint PRIMARY KEY);
CREATE TABLE elsewhere.item (id bigint PRIMARY KEY, version bigint NOT NULL DEFAULT 1);
CREATE TABLE third (id bigint PRIMARY KEY, version bigint NOT NULL DEFAULT 1);
CREATE TABLE bare (id bigint PRIMARY KEY);
SELECT lives_ok($$SELECT domainflow.manage_entity('item')$$, 'an entity');
CREATE FUNCTION pg_temp.found(p_number regclass) RETURNS regclass LANGUAGE plpgsql AS $$
BEGIN
    UPDATE domainflow.managed_entity SET relation = p_number WHERE entity = 'item';
    RETURN domainflow._entity_table('item');
END
$$;
SELECT is(pg_temp.found(t.number), 'item'::regclass, 'the name counts, not the number of ' || t.number)
  FROM (VALUES ('item'::regclass), ('elsewhere.item'), ('earlier'), ('third'), ('bare')) AS t (number);
ALTER TABLE item RENAME TO renamed;
CREATE VIEW item AS SELECT 1 AS id, 1 AS version;
SELECT is(pg_temp.found(t.number), t.table, format('no table has the name: %s for %s', COALESCE(t.table::text, 'none'), t.number))
  FROM (VALUES ('renamed'::regclass, 'renamed'::regclass), ('elsewhere.item', 'elsewhere.item'), ('bare', NULL), ('pg_toast.pg_toast_1255', NULL)) AS t (number, "table");
SELECT pg_temp.found('renamed') \g /dev/null
ALTER TABLE third RENAME TO zz;
SELECT is(domainflow._entity_of('renamed'), 'item', 'the entity of a table');
SELECT domainflow.manage_entity('zz') \g /dev/null
UPDATE domainflow.managed_entity SET entity = 'aa', table_name = 'none', relation = 'renamed'::regclass WHERE entity = 'zz';
-- Read in any order.
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT is(domainflow._entity_of('renamed'), 'aa', 'the first by name, should there be two');
RESET enable_indexscan;
RESET enable_bitmapscan;
SELECT is(domainflow._entity_of('bare'), NULL, 'none');

-- Functions of that name elsewhere are somebody else's; an id of several columns is an array of as many.
CREATE FUNCTION src.atomic_update_pair_state() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TABLE pair (b int, a int, c int, PRIMARY KEY (c, a, b));
INSERT INTO pair VALUES (2, 3, 1);
SELECT is(domainflow.manage_entity('pair'), 'domainflow_generated.atomic_update_pair_state(integer, integer, integer, bigint, jsonb, jsonb)', 'a key of three columns');
SELECT results_eq('SELECT key_columns FROM domainflow.managed_entity WHERE entity = ''pair''', $$VALUES ('{c,a,b}'::name[])$$, 'in its own order');
SELECT is((domainflow.atomic_update_entity_state('pair', '["1", "3", "2"]', 1, '{}')).success, true, 'the generic form takes it in that order');
SELECT throws_ok(format('SELECT domainflow.atomic_update_entity_state(%L, %L, 1, %L)', 'pair', i.id, '{}'), 'DF201', NULL, 'no id: ' || left(i.id, 20))
  FROM unnest(ARRAY['["1", "3"]', '["1", "3", "2", "4"]', '{"c": 1}', '1', repeat('[', 200000)]) AS i (id);
SELECT lives_ok($$SELECT domainflow.unmanage_entity('pair')$$, 'unmanaged');
SELECT has_function('src', 'atomic_update_pair_state', 'another schema''s function stays');

SELECT * FROM finish();
ROLLBACK;
