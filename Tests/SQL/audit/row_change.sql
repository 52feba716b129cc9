-- row_change: what each kind of statement leaves in it, with exact old and new values.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SET LOCAL search_path = public;
-- The values to be recorded are written with nulls in arrays.
SET LOCAL array_nulls = on;
SELECT plan(64);

CREATE SCHEMA zz;
CREATE TYPE zz.mood AS ENUM ('glad', 'sad');
CREATE TYPE zz.pair AS (a integer, b text);
CREATE DOMAIN zz.positive AS integer CHECK (VALUE > 0);
CREATE TABLE zz.account (id bigint PRIMARY KEY, name text, balance numeric, secret text,
                         twice numeric GENERATED ALWAYS AS (balance * 2) STORED);
CREATE TABLE zz.entry (id bigint PRIMARY KEY, account bigint REFERENCES zz.account ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE zz.kind (id integer PRIMARY KEY, f double precision, r real, b bytea, a text [], i integer [], j json, jb jsonb, iv interval,
                      at timestamptz, ts timestamp, d date, rg int4range, u uuid, e zz.mood, c zz.pair, p zz.positive, bits bit(3), m money, ch char(4),
                      n numeric, o boolean, ip inet, es zz.mood []);
CREATE TABLE zz.part (id integer, k integer, v text, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
CREATE TABLE zz.part_low PARTITION OF zz.part FOR VALUES FROM (0) TO (10);
-- Columns in another order, one of them dropped: numbers differ from the table's.
CREATE TABLE zz.part_high (v text, gone text, k integer NOT NULL, id integer NOT NULL);
ALTER TABLE zz.part_high DROP COLUMN gone;
ALTER TABLE zz.part ATTACH PARTITION zz.part_high FOR VALUES FROM (10) TO (20);
CREATE TABLE zz.bare (v integer);
CREATE TABLE zz.wide (id integer PRIMARY KEY, body text, n integer);
CREATE TABLE zz.few (id integer PRIMARY KEY, a text, b text);
CREATE TABLE zz.whole (id integer PRIMARY KEY, a text, b text);
CREATE TABLE zz."Odd ""name" ("Key%s" integer PRIMARY KEY, "a'b" text, "c\d" text, "new" text);
CREATE FUNCTION zz.shout() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.name := upper(NEW.name); RETURN NEW; END$$;
SELECT domainflow.audit_table('zz.account', p_redact => '{secret}'), domainflow.audit_table('zz.entry'), domainflow.audit_table('zz.kind'),
       domainflow.audit_table('zz.part'), domainflow.audit_table('zz.bare'), domainflow.audit_table('zz.wide'),
       domainflow.audit_table('zz.few', '{b}'), domainflow.audit_table('zz.whole', p_only_changed => false), domainflow.audit_table('zz."Odd ""name"') \g /dev/null

-- The changes since the last call, as [operation, key, new key, old, new, redacted] each.
CREATE TEMPORARY TABLE seen AS SELECT max(id) AS id FROM domainflow.row_change;
CREATE FUNCTION pg_temp.changes() RETURNS jsonb LANGUAGE sql AS $$
    WITH found AS (
        SELECT jsonb_agg(jsonb_build_array(c.operation, c.key, c.new_key, c.old, c.new, c.redacted) ORDER BY c.id) AS rows
          FROM domainflow.row_change AS c WHERE c.id > (SELECT id FROM seen)
    ), advanced AS (
        UPDATE seen SET id = (SELECT max(c.id) FROM domainflow.row_change AS c)
    )
    SELECT COALESCE(rows, '[]') FROM found
$$;
CREATE FUNCTION pg_temp.leaves(p_statement text, p_expected jsonb, p_what text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE p_statement;
    RETURN is(pg_temp.changes(), p_expected, p_what);
END $$;

-- Rows of an ordinary table.
SELECT pg_temp.leaves(s, e::jsonb, w) FROM (VALUES
    (1, $$INSERT INTO zz.account (id, name, balance, secret) VALUES (1, 'Ada', 10.50, 'x')$$,
        '[["INSERT", {"id": 1}, null, null, {"id": 1, "name": "Ada", "balance": 10.50, "twice": 21.00}, {"secret": true}]]', 'INSERT'),
    (2, $$INSERT INTO zz.account (id, name) VALUES (2, NULL), (3, '')$$,
        '[["INSERT", {"id": 2}, null, null, {"id": 2, "name": null, "balance": null, "twice": null}, {"secret": true}],
          ["INSERT", {"id": 3}, null, null, {"id": 3, "name": "", "balance": null, "twice": null}, {"secret": true}]]', 'two rows; null is not the empty text'),
    (3, $$INSERT INTO zz.account (id, balance) SELECT 4, 'NaN'$$,
        '[["INSERT", {"id": 4}, null, null, {"id": 4, "name": null, "balance": "NaN", "twice": "NaN"}, {"secret": true}]]', 'INSERT of a query; NaN'),
    (4, $$UPDATE zz.account SET name = 'Ben' WHERE id = 1$$,
        '[["UPDATE", {"id": 1}, null, {"name": "Ada"}, {"name": "Ben"}, {"secret": false}]]', 'UPDATE: what changed'),
    (5, $$UPDATE zz.account SET name = name, balance = balance$$, '[]', 'UPDATE that changes nothing'),
    (6, $$UPDATE zz.account SET balance = 10.5 WHERE id = 1$$,
        '[["UPDATE", {"id": 1}, null, {"balance": 10.50, "twice": 21.00}, {"balance": 10.5, "twice": 21.0}, {"secret": false}]]', 'UPDATE: equal, with another scale'),
    (7, $$UPDATE zz.account SET name = NULL WHERE id = 3$$,
        '[["UPDATE", {"id": 3}, null, {"name": ""}, {"name": null}, {"secret": false}]]', 'UPDATE from the empty text to null'),
    (8, $$UPDATE zz.account SET secret = 'y' WHERE id = 1$$,
        '[["UPDATE", {"id": 1}, null, {}, {}, {"secret": true}]]', 'UPDATE of a redacted column: that it changed'),
    (9, $$UPDATE zz.account SET secret = 'z', name = 'Cy' WHERE id = 1$$,
        '[["UPDATE", {"id": 1}, null, {"name": "Ben"}, {"name": "Cy"}, {"secret": true}]]', 'and of another column with it'),
    (10, $$UPDATE zz.account SET id = 40 WHERE id = 4$$,
        '[["UPDATE", {"id": 4}, {"id": 40}, {"id": 4}, {"id": 40}, {"secret": false}]]', 'UPDATE of the key: both keys'),
    (11, $$UPDATE zz.account AS a SET balance = b.n FROM (VALUES (2, 7)) AS b (id, n) WHERE a.id = b.id$$,
        '[["UPDATE", {"id": 2}, null, {"balance": null, "twice": null}, {"balance": 7, "twice": 14}, {"secret": false}]]', 'UPDATE with a join; a generated column follows'),
    (12, $$UPDATE zz.account SET name = 'x' WHERE id = 99$$, '[]', 'UPDATE of no row'),
    (13, $$INSERT INTO zz.account (id) VALUES (1) ON CONFLICT DO NOTHING$$, '[]', 'ON CONFLICT DO NOTHING'),
    (14, $$INSERT INTO zz.account (id, name) VALUES (1, 'Di') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name$$,
        '[["UPDATE", {"id": 1}, null, {"name": "Cy"}, {"name": "Di"}, {"secret": false}]]', 'ON CONFLICT DO UPDATE'),
    (15, $$INSERT INTO zz.account (id, name) VALUES (5, 'Ed') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name$$,
        '[["INSERT", {"id": 5}, null, null, {"id": 5, "name": "Ed", "balance": null, "twice": null}, {"secret": true}]]', 'ON CONFLICT, and there is none'),
    (16, CASE WHEN current_setting('server_version_num')::int < 150000
              THEN $$UPDATE zz.account SET name = 'Fi' WHERE id = 5; INSERT INTO zz.account (id, name) VALUES (6, 'Fi')$$
              ELSE $$MERGE INTO zz.account AS a USING (VALUES (5, 'Fi'), (6, 'Fi')) AS s (id, name) ON a.id = s.id
                     WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)$$ END,
        '[["UPDATE", {"id": 5}, null, {"name": "Ed"}, {"name": "Fi"}, {"secret": false}],
          ["INSERT", {"id": 6}, null, null, {"id": 6, "name": "Fi", "balance": null, "twice": null}, {"secret": true}]]', 'MERGE: update and insert'),
    (17, CASE WHEN current_setting('server_version_num')::int < 150000 THEN 'DELETE FROM zz.account WHERE id = 6'
              ELSE $$MERGE INTO zz.account AS a USING (VALUES (5), (6)) AS s (id) ON a.id = s.id
                     WHEN MATCHED AND s.id = 6 THEN DELETE WHEN MATCHED THEN DO NOTHING$$ END,
        '[["DELETE", {"id": 6}, null, {"id": 6, "name": "Fi", "balance": null, "twice": null}, null, {"secret": true}]]', 'MERGE: delete'),
    (18, $$DELETE FROM zz.account WHERE id = 5$$,
        '[["DELETE", {"id": 5}, null, {"id": 5, "name": "Fi", "balance": null, "twice": null}, null, {"secret": true}]]', 'DELETE'),
    (19, $$WITH gone AS (DELETE FROM zz.account WHERE id = 40 RETURNING *) INSERT INTO zz.entry SELECT g.id, 1 FROM gone AS g$$,
        '[["DELETE", {"id": 40}, null, {"id": 40, "name": null, "balance": "NaN", "twice": "NaN"}, null, {"secret": true}],
          ["INSERT", {"id": 40}, null, null, {"id": 40, "account": 1}, null]]', 'a statement in WITH'),
    (20, $$UPDATE zz.account SET id = 7 WHERE id = 1$$,
        '[["UPDATE", {"id": 1}, {"id": 7}, {"id": 1}, {"id": 7}, {"secret": false}], ["UPDATE", {"id": 40}, null, {"account": 1}, {"account": 7}, null]]',
        'ON UPDATE CASCADE'),
    (21, $$DELETE FROM zz.account WHERE id = 7$$,
        '[["DELETE", {"id": 7}, null, {"id": 7, "name": "Di", "balance": 10.5, "twice": 21.0}, null, {"secret": true}],
          ["DELETE", {"id": 40}, null, {"id": 40, "account": 7}, null, null]]', 'ON DELETE CASCADE'),
    (22, $$CREATE TRIGGER shout BEFORE UPDATE ON zz.account FOR EACH ROW EXECUTE FUNCTION zz.shout(); UPDATE zz.account SET name = 'gus' WHERE id = 2;
           DROP TRIGGER shout ON zz.account$$,
        '[["UPDATE", {"id": 2}, null, {"name": null}, {"name": "GUS"}, {"secret": false}]]', 'what a BEFORE trigger made of it'),
    (23, $q$DO $do$BEGIN INSERT INTO zz.bare VALUES (1); RAISE EXCEPTION 'x'; EXCEPTION WHEN raise_exception THEN NULL; END$do$ $q$, '[]', 'what is rolled back'),
    (24, $$SET LOCAL session_replication_role = replica; INSERT INTO zz.bare VALUES (1), (1); SET LOCAL session_replication_role = origin$$,
        '[["INSERT", null, null, null, {"v": 1}, null], ["INSERT", null, null, null, {"v": 1}, null]]', 'a replication session; a table without a key'),
    (25, $$TRUNCATE zz.bare$$, '[["TRUNCATE", null, null, null, null, null]]', 'TRUNCATE'),
    (26, $$INSERT INTO zz.few VALUES (1, 'a', 'b')$$, '[["INSERT", {"id": 1}, null, null, {"b": "b"}, null]]', 'chosen columns'),
    (27, $$UPDATE zz.few SET a = 'c'$$, '[]', 'UPDATE of others only'),
    (28, $$UPDATE zz.few SET a = 'd', b = 'd'$$, '[["UPDATE", {"id": 1}, null, {"b": "b"}, {"b": "d"}, null]]', 'UPDATE of both'),
    (29, $$INSERT INTO zz.whole VALUES (1, 'a', 'b'); UPDATE zz.whole SET a = 'a'$$,
        '[["INSERT", {"id": 1}, null, null, {"id": 1, "a": "a", "b": "b"}, null],
          ["UPDATE", {"id": 1}, null, {"id": 1, "a": "a", "b": "b"}, {"id": 1, "a": "a", "b": "b"}, null]]', 'whole rows, changed or not'),
    (30, $$INSERT INTO zz."Odd ""name" VALUES (1, 'x', 'y', NULL); UPDATE zz."Odd ""name" SET "c\d" = 'z'; DELETE FROM zz."Odd ""name"$$,
        $j$[["INSERT", {"Key%s": 1}, null, null, {"Key%s": 1, "a'b": "x", "c\\d": "y", "new": null}, null],
            ["UPDATE", {"Key%s": 1}, null, {"c\\d": "y"}, {"c\\d": "z"}, null],
            ["DELETE", {"Key%s": 1}, null, {"Key%s": 1, "a'b": "x", "c\\d": "z", "new": null}, null, null]]$j$, 'odd names')) AS v (n, s, e, w) ORDER BY n;

COPY zz.entry FROM STDIN;
8	2
9	2
\.
SELECT is(pg_temp.changes(), '[["INSERT", {"id": 8}, null, null, {"id": 8, "account": 2}, null], ["INSERT", {"id": 9}, null, null, {"id": 9, "account": 2}, null]]', 'COPY');

-- Values: each is what PostgreSQL prints, and casts back to what it was.
SELECT pg_temp.leaves(s, e::jsonb, w) FROM (VALUES
    (1, $$INSERT INTO zz.kind VALUES (1, 'NaN', '-0', decode('00ff5c', 'hex'), '[0:2]={NULL,"NULL",a}', '{{1,NULL}}', '{"b": 1, "a":2,"b":3}', '{"z": [1.10, null]}', 'P1Y2M-3DT4H',
              'infinity', '0044-03-15 12:00:00 BC', '-infinity', '[1,5)', '00000000-0000-4000-8000-000000000001', 'glad', '(1,"x, y")', 7, '101', 12.34::numeric::money, 'ab',
              123456789012345678901234567890.12345678900, true, '10.0.0.1/24', '{glad,NULL}')$$,
        $j$[["INSERT", {"id": 1}, null, null, {"id": 1, "f": "NaN", "r": "-0", "b": "\\x00ff5c", "a": "[0:2]={NULL,\"NULL\",a}", "i": "{{1,NULL}}",
             "j": "{\"b\": 1, \"a\":2,\"b\":3}", "jb": {"z": [1.10, null]}, "iv": "1 year 2 mons -3 days +04:00:00", "at": "infinity",
             "ts": "0044-03-15T12:00:00 BC", "d": "-infinity", "rg": "[1,5)", "u": "00000000-0000-4000-8000-000000000001", "e": "glad", "c": "(1,\"x, y\")",
             "p": 7, "bits": "101", "m": "$12.34", "ch": "ab  ", "n": 123456789012345678901234567890.12345678900, "o": true, "ip": "10.0.0.1/24", "es": "{glad,NULL}"}, null]]$j$,
        'values of all kinds'),
    (2, $$UPDATE zz.kind SET f = 0.1::float8 + 0.2::float8, r = 0, j = '{"b": 1, "a":2, "b":3}', iv = 'P1Y2M-3DT3H60M', i = '{{1,NULL}}', c = NULL$$,
        $j$[["UPDATE", {"id": 1}, null, {"f": "NaN", "r": "-0", "j": "{\"b\": 1, \"a\":2,\"b\":3}", "c": "(1,\"x, y\")"},
             {"f": "0.30000000000000004", "r": "0", "j": "{\"b\": 1, \"a\":2, \"b\":3}", "c": null}, null]]$j$, 'exact to the last digit and blank'),
    (3, $$UPDATE zz.kind SET c = ROW(NULL, NULL), jb = 'null'$$,
        $j$[["UPDATE", {"id": 1}, null, {"c": null, "jb": {"z": [1.10, null]}}, {"c": "(,)", "jb": "null"}, null]]$j$, 'a row of nulls, and a JSON null, are values'),
    (4, $$UPDATE zz.kind SET jb = NULL$$, '[["UPDATE", {"id": 1}, null, {"jb": "null"}, {"jb": null}, null]]', 'and no SQL null'),
    (5, $$UPDATE zz.kind SET jb = '"null"', at = '2026-07-01 12:00:00+02', p = NULL$$,
        $j$[["UPDATE", {"id": 1}, null, {"jb": null, "at": "infinity", "p": 7}, {"jb": "\"null\"", "at": "2026-07-01T10:00:00.000000+00:00", "p": null}, null]]$j$, 'JSON text; instants in UTC'),
    (6, $$INSERT INTO zz.wide SELECT 1, repeat('0123456789', 30000), 1; SELECT pg_temp.changes()$$, '[]', 'a value out of line'),
    (7, $$UPDATE zz.wide SET n = 2$$, '[["UPDATE", {"id": 1}, null, {"n": 1}, {"n": 2}, null]]', 'which does not change')) AS v (n, s, e, w) ORDER BY n;
SELECT is((SELECT new ->> 'body' FROM domainflow.row_change WHERE table_name = 'wide' AND operation = 'INSERT'), (SELECT body FROM zz.wide), 'and is there in full');
SELECT domainflow.audit_table('zz.kind', p_only_changed => false) \g /dev/null
UPDATE zz.kind SET id = 2;
CREATE FUNCTION pg_temp.not_same() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    v_column record;
    v_same boolean;
BEGIN
    FOR v_column IN SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute AS a WHERE a.attrelid = 'zz.kind'::regclass AND a.attnum > 0 LOOP
        EXECUTE format('SELECT format(''%%L'', k.%1$I) = format(''%%L'', (c.new ->> %1$L)::%2$s) FROM zz.kind AS k, domainflow.row_change AS c '
                       'WHERE c.table_name = ''kind'' AND c.new_key = ''{"id": 2}''', v_column.attname, v_column.type) INTO v_same;
        IF v_same IS NOT TRUE THEN
            RETURN NEXT v_column.attname;
        END IF;
    END LOOP;
END $$;
SET LOCAL lc_monetary = 'C';
SELECT is_empty('SELECT pg_temp.not_same()', 'every value casts back to what it was');
SELECT pg_temp.changes() \g /dev/null

-- Partitions.
SELECT pg_temp.leaves(s, e::jsonb, w) FROM (VALUES
    (1, $$INSERT INTO zz.part VALUES (1, 1, 'a'), (2, 12, 'b')$$,
        '[["INSERT", {"id": 1, "k": 1}, null, null, {"id": 1, "k": 1, "v": "a"}, null], ["INSERT", {"id": 2, "k": 12}, null, null, {"id": 2, "k": 12, "v": "b"}, null]]', 'rows of a partitioned table'),
    (2, $$INSERT INTO zz.part_high VALUES ('c', 13, 3); UPDATE zz.part SET v = 'd' WHERE id = 3$$,
        '[["INSERT", {"id": 3, "k": 13}, null, null, {"id": 3, "k": 13, "v": "c"}, null], ["UPDATE", {"id": 3, "k": 13}, null, {"v": "c"}, {"v": "d"}, null]]', 'one written past the table'),
    (3, $$UPDATE zz.part SET k = 14 WHERE id = 3$$,
        '[["UPDATE", {"id": 3, "k": 13}, {"id": 3, "k": 14}, {"k": 13}, {"k": 14}, null]]', 'a key that changes within a partition'),
    (4, $$CREATE TABLE zz.part_new PARTITION OF zz.part FOR VALUES FROM (20) TO (30); INSERT INTO zz.part VALUES (4, 24, 'n')$$,
        '[["INSERT", {"id": 4, "k": 24}, null, null, {"id": 4, "k": 24, "v": "n"}, null]]', 'a partition of later'),
    (5, $$CREATE TABLE zz.part_old (v text, id integer NOT NULL, k integer NOT NULL); ALTER TABLE zz.part ATTACH PARTITION zz.part_old FOR VALUES FROM (30) TO (40);
          INSERT INTO zz.part VALUES (5, 35, 'o'); DELETE FROM zz.part WHERE id = 5$$,
        '[["INSERT", {"id": 5, "k": 35}, null, null, {"id": 5, "k": 35, "v": "o"}, null], ["DELETE", {"id": 5, "k": 35}, null, {"id": 5, "k": 35, "v": "o"}, null, null]]', 'and one that was attached'),
    (6, $$TRUNCATE zz.part_high$$, '[["TRUNCATE", null, null, null, null, null]]', 'TRUNCATE of a partition'),
    (7, $$TRUNCATE zz.part$$, '[["TRUNCATE", null, null, null, null, null], ["TRUNCATE", null, null, null, null, null], ["TRUNCATE", null, null, null, null, null]]',
        'and of all: the table, and each partition there was when it was audited')) AS v (n, s, e, w) ORDER BY n;
SELECT is((SELECT jsonb_agg(DISTINCT jsonb_build_array(table_name, partition_name)) FROM domainflow.row_change WHERE key = '{"id": 3, "k": 13}'),
          '[["part", "zz.part_high"]]', 'table and partition');
SAVEPOINT a;
INSERT INTO zz.part VALUES (6, 6, 'm'), (7, 7, 'm'), (8, 8, 'm');
SELECT pg_temp.changes() \g /dev/null
-- As transactions of their own would have it: what this one inserted has no command number to be read.
UPDATE zz.part SET k = k + 10 WHERE id IN (6, 7);
SELECT is((SELECT jsonb_agg(jsonb_build_array(c.operation, c.key, c.old, c.new, c.moved_from) ORDER BY c.id) FROM domainflow.row_change AS c WHERE c.id > (SELECT id FROM seen)),
    '[["DELETE", {"k": 6, "id": 6}, {"k": 6, "v": "m", "id": 6}, null, null], ["INSERT", {"k": 16, "id": 6}, null, {"k": 16, "v": "m", "id": 6}, null],
      ["DELETE", {"k": 7, "id": 7}, {"k": 7, "v": "m", "id": 7}, null, null], ["INSERT", {"k": 17, "id": 7}, null, {"k": 17, "v": "m", "id": 7}, null]]',
    'a row that moves leaves one partition and comes into another');
ROLLBACK TO a;

-- What is altered later.
SELECT pg_temp.leaves(s, e::jsonb, w) FROM (VALUES
    (1, $$ALTER TABLE zz.few ADD COLUMN c text DEFAULT 'c'; ALTER TABLE zz.whole ADD COLUMN c text DEFAULT 'c'; UPDATE zz.few SET c = 'd', b = 'e'; UPDATE zz.whole SET c = 'd'$$,
        '[["UPDATE", {"id": 1}, null, {"b": "d"}, {"b": "e"}, null],
          ["UPDATE", {"id": 1}, null, {"id": 1, "a": "a", "b": "b", "c": "c"}, {"id": 1, "a": "a", "b": "b", "c": "d"}, null]]', 'a column is added'),
    (2, $$ALTER TABLE zz.whole DROP COLUMN c; UPDATE zz.whole SET b = 'c'$$,
        '[["UPDATE", {"id": 1}, null, {"id": 1, "a": "a", "b": "b"}, {"id": 1, "a": "a", "b": "c"}, null]]', 'and dropped'),
    (3, $$ALTER TABLE zz.few RENAME COLUMN b TO text; UPDATE zz.few SET text = 'f'$$,
        '[["UPDATE", {"id": 1}, null, {"text": "e"}, {"text": "f"}, null]]', 'a chosen column is renamed'),
    (4, $$ALTER TABLE zz.account RENAME COLUMN secret TO hidden; UPDATE zz.account SET hidden = 'w' WHERE id = 2$$,
        '[["UPDATE", {"id": 2}, null, {}, {}, {"hidden": true}]]', 'a redacted one is renamed'),
    (5, $$ALTER TABLE zz.account RENAME COLUMN name TO secret; UPDATE zz.account SET secret = 'w', balance = 8 WHERE id = 2$$,
        '[["UPDATE", {"id": 2}, null, {"balance": 7, "twice": 14}, {"balance": 8, "twice": 16}, {"hidden": false, "secret": true}]]', 'and another takes its name: both are redacted'),
    (6, $$ALTER TABLE zz.entry RENAME COLUMN id TO number; UPDATE zz.entry SET number = 10 WHERE number = 9$$,
        '[["UPDATE", {"number": 9}, {"number": 10}, {"number": 9}, {"number": 10}, null]]', 'the key is renamed'),
    (7, $$ALTER TABLE zz.wide ALTER COLUMN n TYPE text; UPDATE zz.wide SET n = 'three'$$,
        '[["UPDATE", {"id": 1}, null, {"n": "2"}, {"n": "three"}, null]]', 'a type is changed'),
    (8, $$ALTER TABLE zz.part ADD COLUMN w integer; INSERT INTO zz.part VALUES (1, 1, 'a', 5)$$,
        '[["INSERT", {"id": 1, "k": 1}, null, null, {"id": 1, "k": 1, "v": "a", "w": 5}, null]]', 'a column is added to partitions'),
    (9, $$ALTER TABLE zz.part DROP COLUMN v; UPDATE zz.part SET w = 6$$,
        '[["UPDATE", {"id": 1, "k": 1}, null, {"w": 5}, {"w": 6}, null]]', 'and dropped'),
    (10, $$ALTER TABLE zz.bare RENAME TO naked; ALTER TABLE zz.naked SET SCHEMA public; INSERT INTO public.naked VALUES (2)$$,
        '[["INSERT", null, null, null, {"v": 2}, null]]', 'a table is renamed')) AS v (n, s, e, w) ORDER BY n;
SELECT is((SELECT format('%s.%s', schema_name, table_name) FROM domainflow.row_change WHERE new = '{"v": 2}'), 'public.naked', 'and recorded under its name');

-- Who.
SET LOCAL domainflow.actor = 'ada';
SET LOCAL domainflow.correlation_id = 'request-7';
SET LOCAL application_name = 'test';
CREATE ROLE zz_writer;
GRANT USAGE ON SCHEMA zz TO zz_writer;
GRANT INSERT ON zz.whole TO zz_writer;
SET LOCAL ROLE zz_writer;
INSERT INTO zz.whole VALUES (2);
RESET ROLE;
SELECT ok((SELECT (actor, correlation_id, session_role, effective_role, application_name, transaction_id, backend_pid, changed_at > now())
                IS NOT DISTINCT FROM ('ada'::text, 'request-7'::text, session_user::text, 'zz_writer'::text, 'test'::text, pg_current_xact_id(), pg_backend_pid(), true)
             FROM domainflow.row_change ORDER BY id DESC LIMIT 1), 'who changed it');
SELECT throws_ok(s, 'DF705', NULL, s) FROM unnest(ARRAY['UPDATE domainflow.row_change SET actor = ''ben''', 'DELETE FROM domainflow.row_change', 'TRUNCATE domainflow.row_change']) AS s;
SELECT * FROM finish();
ROLLBACK;
