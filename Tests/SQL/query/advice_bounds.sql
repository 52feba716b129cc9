-- Advice at each limit and one below it: sizes, rows, scans and indexes are invented here, in place of those that the catalog has.
BEGIN;
-- Parts of functions are called here that do not set it themselves.
SET LOCAL quote_all_identifiers = off;
SELECT plan(13);
CREATE SCHEMA bounds;
SET LOCAL search_path = bounds, public;
CREATE TABLE tables (relation oid, name text, is_partitioned boolean, bytes bigint, estimated_rows bigint, seq_scan bigint, seq_tup_read bigint, idx_scan bigint, idx_tup_fetch bigint);
CREATE TABLE indexes (index oid, relation oid, name text, relkind "char", bytes bigint, scans bigint, kept oid, redundancy text, is_needed boolean);
CREATE OR REPLACE FUNCTION domainflow._user_tables()
RETURNS TABLE (relation oid, name text, is_partitioned boolean, bytes bigint, estimated_rows bigint, seq_scan bigint, seq_tup_read bigint, idx_scan bigint, idx_tup_fetch bigint)
LANGUAGE sql STABLE AS 'SELECT * FROM bounds.tables';
CREATE OR REPLACE FUNCTION domainflow._user_indexes()
RETURNS TABLE (index oid, relation oid, name text, relkind "char", bytes bigint, scans bigint, kept oid, redundancy text, is_needed boolean)
LANGUAGE sql STABLE AS 'SELECT * FROM bounds.indexes';
CREATE FUNCTION pg_temp.invent(p_name text, p_bytes bigint, p_rows bigint DEFAULT 0, p_scans bigint DEFAULT 0, p_read bigint DEFAULT 0, p_fetched bigint DEFAULT 0)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO bounds.tables VALUES (p_name::regclass, p_name, false, p_bytes, p_rows, p_scans, p_read, 1, p_fetched)
$$;

-- Sequential scans: 10 of them, ten times the rows and ten times what indexes fetched; ten and a hundred times the size.
DO $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT * FROM (VALUES
        ('scan_at', 1000, 10, 10, 100, 10), ('scan_small', 999, 10, 10, 100, 10), ('scan_few', 1000, 10, 9, 100, 10), ('scan_rows', 1000, 11, 10, 100, 10),
        ('scan_fetched', 1000, 10, 10, 100, 11), ('scan_9999', 9999, 0, 10, 0, 0), ('scan_10000', 10000, 0, 10, 0, 0),
        ('scan_99999', 99999, 0, 10, 0, 0), ('scan_100000', 100000, 0, 10, 0, 0)) AS t (name, bytes, rows, scans, read, fetched) LOOP
        EXECUTE format('CREATE TABLE bounds.%I ()', v.name);
        PERFORM pg_temp.invent('bounds.' || v.name, v.bytes, v.rows, v.scans, v.read, v.fetched);
    END LOOP;
END
$$;
SELECT set_eq($$SELECT a.object, a.severity, a.statement ~ replace(a.object, 'bounds.', '') AS s FROM domainflow._advise_sequential_scans(1000, now()) AS a$$,
    $$VALUES ('bounds.scan_at', 'low', true), ('bounds.scan_9999', 'low', true), ('bounds.scan_10000', 'medium', true), ('bounds.scan_99999', 'medium', true),
             ('bounds.scan_100000', 'high', true)$$, 'sequential scans');

-- Foreign keys: 1,000 rows, ten and a hundred times as many.
CREATE TABLE parent (a bigint, b bigint, UNIQUE (a, b), UNIQUE (b, a), UNIQUE (a));
DO $$
BEGIN
    FOR i IN 0..5 LOOP
        EXECUTE format('CREATE TABLE bounds.key_%s (a bigint REFERENCES bounds.parent (a))', (ARRAY[999, 1000, 9999, 10000, 99999, 100000])[i + 1]);
        PERFORM pg_temp.invent(format('bounds.key_%s', n), 1, n) FROM (SELECT (ARRAY[999, 1000, 9999, 10000, 99999, 100000])[i + 1] AS n) AS n;
    END LOOP;
END
$$;
CREATE TABLE key_wide (a bigint, b bigint, c bigint, d bigint REFERENCES parent (a), FOREIGN KEY (a, b) REFERENCES parent (a, b));
CREATE TABLE key_narrow (a bigint REFERENCES parent (a), b bigint);
DO $$
BEGIN
    FOR i IN 1..6 LOOP
        EXECUTE format('CREATE TABLE bounds.both_%s (a bigint, b bigint, FOREIGN KEY (b, a) REFERENCES bounds.parent (b, a), FOREIGN KEY (a, b) REFERENCES bounds.parent (a, b))', i);
    END LOOP;
END
$$;
SELECT pg_temp.invent('bounds.' || t, 1, 1000) FROM unnest(ARRAY['key_wide', 'key_narrow', 'both_1', 'both_2', 'both_3', 'both_4', 'both_5', 'both_6']) AS t \g /dev/null
SET LOCAL enable_sort = off;
SELECT set_eq($$SELECT a.object, a.severity, a.evidence ->> 'columns' AS c, a.evidence ->> 'references' AS r FROM domainflow._advise_foreign_keys() AS a$$,
    $$VALUES ('bounds.key_1000', 'low', '["a"]', 'bounds.parent'), ('bounds.key_9999', 'low', '["a"]', 'bounds.parent'), ('bounds.key_10000', 'medium', '["a"]', 'bounds.parent'),
             ('bounds.key_99999', 'medium', '["a"]', 'bounds.parent'), ('bounds.key_100000', 'high', '["a"]', 'bounds.parent'),
             ('bounds.key_wide', 'low', '["d"]', 'bounds.parent'), ('bounds.key_wide', 'low', '["a", "b"]', 'bounds.parent'),
             ('bounds.key_narrow', 'low', '["a"]', 'bounds.parent'), ('bounds.both_1', 'low', '["b", "a"]', 'bounds.parent'), ('bounds.both_2', 'low', '["b", "a"]', 'bounds.parent'),
             ('bounds.both_3', 'low', '["b", "a"]', 'bounds.parent'), ('bounds.both_4', 'low', '["b", "a"]', 'bounds.parent'), ('bounds.both_5', 'low', '["b", "a"]', 'bounds.parent'),
             ('bounds.both_6', 'low', '["b", "a"]', 'bounds.parent')$$, 'foreign keys: rows, no other table''s, the older of two over the same columns');
RESET enable_sort;
SELECT is(count(*), 6::bigint, 'the index has the columns in the order of the key') FROM domainflow._advise_foreign_keys() AS a
 WHERE a.statement = format('CREATE INDEX CONCURRENTLY ON %s (b, a);', a.object);

-- Indexes. Each is left alone for one reason only; the sizes decide the rest.
CREATE TABLE large (a int, b int, c int4range, CONSTRAINT is_constraint UNIQUE (a), CONSTRAINT is_exclusion EXCLUDE USING gist (c WITH &&));
CREATE TABLE small (a int, CONSTRAINT is_redundant_constraint UNIQUE (a));
CREATE TABLE refers (a int REFERENCES small (a));
DO $$
BEGIN
    EXECUTE (SELECT string_agg(format('CREATE INDEX %I ON bounds.%s (a);', i, CASE i WHEN 'in_small' THEN 'small' ELSE 'large' END), ' ')
               FROM unnest(ARRAY['is_unused', 'is_scanned', 'is_needed', 'is_kept', 'is_invalid', 'is_clustered', 'unused_9999', 'unused_10000', 'in_small',
                                 'dup_exact', 'dup_999', 'dup_1000', 'dup_prefix', 'dup_parts', 'dup_constraint', 'unused_parts']) AS i);
END
$$;
ALTER TABLE large CLUSTER ON is_clustered;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'is_invalid'::regclass;
SELECT pg_temp.invent('large', 1000), pg_temp.invent('small', 999) \g /dev/null
INSERT INTO indexes
SELECT i.name::regclass, i.relation::regclass, i.name, i.kind, i.bytes, i.scans, i.kept::regclass, i.redundancy, i.needed
  FROM (VALUES ('is_unused', 'large', 'i', 1, 0, NULL, NULL, false), ('is_scanned', 'large', 'i', 1, 1, NULL, NULL, false), ('is_needed', 'large', 'i', 1, 0, NULL, NULL, true),
               ('is_kept', 'large', 'i', 1, 0, NULL, NULL, false), ('is_invalid', 'large', 'i', 1, 0, NULL, NULL, false),
               ('is_constraint', 'large', 'i', 1, 0, NULL, NULL, false), ('is_exclusion', 'large', 'i', 1, 0, NULL, NULL, false),
               ('is_clustered', 'large', 'i', 1, 0, NULL, NULL, false), ('unused_9999', 'large', 'i', 9999, 0, NULL, NULL, false),
               ('unused_10000', 'large', 'i', 10000, 0, NULL, NULL, false), ('unused_parts', 'large', 'I', 1, 0, NULL, NULL, false), ('in_small', 'small', 'i', 1, 0, NULL, NULL, false),
               ('dup_999', 'large', 'i', 999, 0, 'is_kept', 'exact', false), ('dup_1000', 'large', 'i', 1000, 5, 'is_kept', 'exact', true),
               ('dup_prefix', 'large', 'i', 1000, 0, 'is_kept', 'prefix', false), ('dup_parts', 'large', 'I', 1, 0, 'is_kept', 'exact', false),
               ('is_redundant_constraint', 'small', 'i', 1, 0, 'is_kept', 'exact', false)) AS i (name, relation, kind, bytes, scans, kept, redundancy, needed);
PREPARE advice AS SELECT a.object, a.severity, a.statement FROM domainflow._advise_indexes(1000, '1 day', now() - interval '25 hours', true) AS a WHERE a.kind = $1;
SELECT set_eq($$EXECUTE advice('unused_index')$$,
    $$VALUES ('is_unused', 'medium', 'DROP INDEX CONCURRENTLY is_unused;'), ('unused_9999', 'medium', 'DROP INDEX CONCURRENTLY unused_9999;'),
             ('unused_10000', 'high', 'DROP INDEX CONCURRENTLY unused_10000;'), ('unused_parts', 'medium', 'DROP INDEX unused_parts;')$$, 'unused indexes');
SELECT set_eq($$EXECUTE advice('duplicate_index')$$,
    $$VALUES ('dup_999', 'medium', 'DROP INDEX CONCURRENTLY dup_999;'), ('dup_1000', 'high', 'DROP INDEX CONCURRENTLY dup_1000;'),
             ('dup_prefix', 'low', 'DROP INDEX CONCURRENTLY dup_prefix;'), ('dup_parts', 'medium', 'DROP INDEX dup_parts;'),
             ('is_redundant_constraint', 'medium', 'ALTER TABLE small DROP CONSTRAINT is_redundant_constraint;')$$, 'duplicate indexes');
SELECT is(count(*), (SELECT count(*) FROM domainflow._advise_indexes(1000, '1 day', now() - interval '25 hours', true)), 'each once')
  FROM (SELECT DISTINCT a.object FROM domainflow._advise_indexes(1000, '1 day', now() - interval '25 hours', true) AS a) AS a;
SELECT is_empty($$SELECT FROM domainflow._advise_indexes(1000, '1 day', now() - interval '23 hours', true) AS a WHERE a.kind = 'unused_index'$$, 'young statistics');
SELECT ok(a.reason ~ (CASE a.object WHEN 'dup_prefix' THEN 'first ones of is_kept' ELSE 'Same columns and predicate as is_kept' END), 'the reason for ' || a.object)
  FROM domainflow._advise_indexes(1000, '1 day', now(), true) AS a ORDER BY a.object;
SELECT ok(a.reason !~ 'standby' AND a.evidence ->> 'standbys' = '0' AND a.evidence ->> 'statistics_since_is_server_start' = 'false', 'no standby is named where there is none')
  FROM domainflow._advise_indexes(1000, '1 day', '-infinity', true) AS a WHERE a.object = 'is_unused';

SELECT * FROM finish();
ROLLBACK;
