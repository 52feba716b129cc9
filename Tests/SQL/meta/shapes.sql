-- The fingerprint takes what is one thing for one thing, however it came about; drift, shapes of partitions and grants in detail.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(67);
CREATE ROLE domainflow_test_other;
CREATE FUNCTION pg_temp.after(p_statements text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_after text;
BEGIN
    EXECUTE p_statements;
    v_after := domainflow.catalog_fingerprint();
    RAISE EXCEPTION USING ERRCODE = 'TEST0';
EXCEPTION WHEN SQLSTATE 'TEST0' THEN
    RETURN v_after;
END
$$;
CREATE TEMPORARY TABLE fresh AS SELECT domainflow.catalog_fingerprint() AS fingerprint;

SELECT is(pg_temp.after(s.one), pg_temp.after(s.other), 'the same: ' || s.one) FROM (VALUES
    ('ALTER TABLE domainflow.error_code SET (fillfactor = 50, autovacuum_enabled = off)', 'ALTER TABLE domainflow.error_code SET (autovacuum_enabled = off, fillfactor = 50)'),
    ('ALTER FUNCTION domainflow.version() SET work_mem = 100; ALTER FUNCTION domainflow.version() SET jit = off', 'ALTER FUNCTION domainflow.version() SET jit = off; ALTER FUNCTION domainflow.version() SET work_mem = 100'),
    ('CREATE POLICY p ON domainflow.error_code TO domainflow_app, domainflow_reader', 'CREATE POLICY p ON domainflow.error_code TO domainflow_reader, domainflow_app'),
    ('CREATE TYPE domainflow.t AS (a int, gone int); ALTER TYPE domainflow.t DROP ATTRIBUTE gone', 'CREATE TYPE domainflow.t AS (a int)'),
    ('CREATE TYPE domainflow.t AS ENUM (''a'', ''c''); ALTER TYPE domainflow.t ADD VALUE ''b'' BEFORE ''c''', 'CREATE TYPE domainflow.t AS ENUM (''a'', ''b'', ''c'')'),
    ('GRANT UPDATE, DELETE ON domainflow.error_code TO domainflow_test_other; GRANT INSERT ON domainflow.error_code TO PUBLIC', 'GRANT INSERT ON domainflow.error_code TO PUBLIC; GRANT DELETE ON domainflow.error_code TO domainflow_test_other; GRANT UPDATE ON domainflow.error_code TO domainflow_test_other'),
    ('CREATE TABLE domainflow.t (gone int, a int); ALTER TABLE domainflow.t DROP COLUMN gone', 'CREATE TABLE domainflow.t (a int)')) AS s (one, other);
SELECT isnt(pg_temp.after(s.one), pg_temp.after(s.other), 'not the same: ' || s.one) FROM (VALUES
    ('CREATE TYPE domainflow.t AS (a int, b text)', 'CREATE TYPE domainflow.t AS (b text, a int)'), ('CREATE TYPE domainflow.t AS ENUM (''a'', ''b'')', 'CREATE TYPE domainflow.t AS ENUM (''b'', ''a'')'),
    ('CREATE TYPE domainflow.t AS RANGE (subtype = int)', 'CREATE TYPE domainflow.t AS RANGE (subtype = bigint)'), ('CREATE DOMAIN domainflow.t AS int', 'CREATE DOMAIN domainflow.t AS int NOT NULL'),
    ('CREATE DOMAIN domainflow.t AS int CHECK (VALUE > 0)', 'CREATE DOMAIN domainflow.t AS int CHECK (VALUE > 1)'), ('CREATE TABLE domainflow.t (a text COLLATE "C")', 'CREATE TABLE domainflow.t (a text)'),
    ('CREATE TABLE domainflow.t (a int) PARTITION BY LIST (a)', 'CREATE TABLE domainflow.t (a int) PARTITION BY RANGE (a)'), ('CREATE SEQUENCE domainflow.t', 'CREATE SEQUENCE domainflow.t CACHE 5'),
    ('CREATE TABLE domainflow.t (a int, UNIQUE (a))', 'CREATE TABLE domainflow.t (a int, PRIMARY KEY (a))'), ('CREATE MATERIALIZED VIEW domainflow.t AS SELECT 1 AS a', 'CREATE MATERIALIZED VIEW domainflow.t AS SELECT 2 AS a'),
    ('CREATE AGGREGATE domainflow.t (int) (SFUNC = int4pl, STYPE = int)', 'CREATE AGGREGATE domainflow.t (int) (SFUNC = int4mul, STYPE = int)'), ('CREATE FUNCTION domainflow.t() RETURNS int LANGUAGE sql RETURN 1', 'CREATE FUNCTION domainflow.t() RETURNS int LANGUAGE sql RETURN 2'),
    ('CREATE TABLE domainflow.t (a int); CREATE RULE r AS ON DELETE TO domainflow.t DO NOTHING', 'CREATE TABLE domainflow.t (a int); CREATE RULE r AS ON DELETE TO domainflow.t DO INSTEAD NOTHING')) AS s (one, other);
SELECT is(pg_temp.after(s.statement), (SELECT fingerprint FROM fresh), 'not seen: ' || s.statement) FROM (VALUES
    ('CREATE TABLE public.e (id int PRIMARY KEY); SELECT domainflow.manage_entity(''public.e'')'), ('GRANT pg_monitor TO domainflow_app'), ('GRANT domainflow_app TO domainflow_test_other'), ('ALTER ROLE domainflow_test_other LOGIN'),
    ('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC'), ('ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC'),
    ('SELECT domainflow.define_state_machine(''aa'', ''{"initial": "a", "states": {"a": {"terminal": true}}, "transitions": []}'')'), ('UPDATE domainflow.error_code SET code = code WHERE code < ''F'''),
    ('CREATE TABLE public.t (a int UNIQUE, b text DEFAULT 1, CHECK (a > 0)); CREATE TYPE public.u AS ENUM (''x''); CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS ''SELECT 1''; CREATE POLICY p ON public.t')) AS s (statement);
SELECT isnt(pg_temp.after(s.statement), (SELECT fingerprint FROM fresh), 'seen: ' || s.statement) FROM (VALUES
    ('GRANT domainflow_guard TO domainflow_test_other'), ('GRANT domainflow_app TO domainflow_reader'), ('ALTER ROLE domainflow_app CREATEROLE'), ('ALTER DEFAULT PRIVILEGES FOR ROLE domainflow_owner GRANT SELECT ON TABLES TO PUBLIC'),
    ('DELETE FROM domainflow.state_transition WHERE (machine, from_state, to_state) = (SELECT t.machine, t.from_state, t.to_state FROM domainflow.state_transition AS t JOIN domainflow.state_machine AS m USING (machine) WHERE m.built_in LIMIT 1)'),
    ('CREATE TABLE domainflow_generated.t ()'), ('CREATE DOMAIN domainflow_generated.t AS int CHECK (VALUE > 0)'), ('CREATE OPERATOR domainflow_generated.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)')) AS s (statement);
SELECT isnt(pg_temp.after('CREATE TABLE public.e (id int PRIMARY KEY); SELECT domainflow.manage_entity(''public.e''); ' || replace(s.statement, '@', 'FUNCTION domainflow_generated.atomic_update_e_state(int, bigint, jsonb, jsonb)')),
            (SELECT fingerprint FROM fresh), 'seen of a generated function: ' || s.statement) FROM (VALUES
    ('ALTER @ SECURITY DEFINER'), ('ALTER @ SET search_path = public'), ('ALTER @ OWNER TO CURRENT_USER'), ('GRANT EXECUTE ON @ TO PUBLIC'), ('REVOKE EXECUTE ON @ FROM domainflow_app'),
    ('DELETE FROM domainflow.managed_entity'), ('CREATE OR REPLACE FUNCTION domainflow_generated.atomic_update_e_state(p_entity_id pg_catalog.int4, p_expected_version pg_catalog.int8, p_new_data pg_catalog.jsonb, p_operation_context pg_catalog.jsonb DEFAULT NULL) RETURNS domainflow.entity_update_result LANGUAGE sql AS ''SELECT NULL::domainflow.entity_update_result''')) AS s (statement);

-- Shapes of partitions: alike whatever the names and the order, else different.
CREATE FUNCTION pg_temp.shape(p_columns text, p_statements text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_shape text;
BEGIN
    EXECUTE 'CREATE TABLE public.shape (' || p_columns || '); ' || p_statements;
    v_shape := domainflow._partition_shape('public.shape');
    RAISE EXCEPTION USING ERRCODE = 'TEST0';
EXCEPTION WHEN SQLSTATE 'TEST0' THEN
    RETURN v_shape;
END
$$;
SELECT is(pg_temp.shape('a int, b text DEFAULT ''x''', s.one), pg_temp.shape('b text DEFAULT ''x'', gone int, a int', 'ALTER TABLE public.shape DROP COLUMN gone; ' || s.other), 'alike: ' || s.one) FROM (VALUES
    ('', ''), ('CREATE INDEX i ON public.shape (a); CREATE INDEX j ON public.shape (b)', 'CREATE INDEX k ON public.shape (b); CREATE INDEX l ON public.shape (a)'),
    ('ALTER TABLE public.shape ADD CONSTRAINT i CHECK (a > 0), ADD CONSTRAINT j CHECK (b > '''')', 'ALTER TABLE public.shape ADD CONSTRAINT k CHECK (b > ''''), ADD CONSTRAINT l CHECK (a > 0)'),
    ('CREATE TRIGGER i BEFORE UPDATE ON public.shape EXECUTE FUNCTION domainflow._refuse_change(); CREATE TRIGGER j BEFORE DELETE ON public.shape EXECUTE FUNCTION domainflow._refuse_change()',
     'CREATE TRIGGER i BEFORE DELETE ON public.shape EXECUTE FUNCTION domainflow._refuse_change(); CREATE TRIGGER j BEFORE UPDATE ON public.shape EXECUTE FUNCTION domainflow._refuse_change()'),
    ('CREATE RULE a AS ON DELETE TO public.shape DO NOTHING; CREATE RULE b AS ON UPDATE TO public.shape DO NOTHING', 'CREATE RULE b AS ON UPDATE TO public.shape DO NOTHING; CREATE RULE a AS ON DELETE TO public.shape DO NOTHING'),
    ('CREATE POLICY a ON public.shape; CREATE POLICY b ON public.shape', 'CREATE POLICY b ON public.shape; CREATE POLICY a ON public.shape')) AS s (one, other);
SELECT isnt(pg_temp.shape('a int', s.statement), pg_temp.shape('a int'), 'different: ' || s.statement) FROM (VALUES
    ('ALTER TABLE public.shape ALTER a SET DEFAULT 1'), ('ALTER TABLE public.shape ALTER a SET NOT NULL'), ('ALTER TABLE public.shape ALTER a TYPE bigint'), ('ALTER TABLE public.shape OWNER TO domainflow_owner'),
    ('ALTER TABLE public.shape ADD CHECK (a > 0) NOT VALID'), ('CREATE RULE r AS ON DELETE TO public.shape DO NOTHING'), ('CREATE POLICY p ON public.shape'), ('ALTER TABLE public.shape ENABLE ROW LEVEL SECURITY'),
    ('CREATE TRIGGER t BEFORE DELETE ON public.shape EXECUTE FUNCTION domainflow._refuse_change()')) AS s (statement);
SELECT is(pg_temp.shape('a int UNIQUE', 'CREATE TABLE public.refers (a int REFERENCES public.shape (a))'), pg_temp.shape('a int UNIQUE'), 'a foreign key to it hangs on another table');

-- Partitions that are not like their table's default one.
CREATE TABLE public.parted (a int) PARTITION BY LIST (a);
CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES IN (1);
CREATE TABLE public.parted_default PARTITION OF public.parted DEFAULT;
CREATE INDEX ON public.parted_1 (a);
CREATE TABLE domainflow.alone (a int) PARTITION BY LIST (a);
CREATE TABLE domainflow.alone_1 PARTITION OF domainflow.alone FOR VALUES IN (1);
SELECT is_empty('SELECT * FROM domainflow._partition_drift()', 'not those of other schemas, nor of a table without a default one');
DROP TABLE domainflow.alone;
SELECT domainflow.ensure_partitions(2) \g /dev/null
DO $$ BEGIN EXECUTE (SELECT string_agg(format('CREATE INDEX ON %s (actor)', i.inhrelid::regclass), ';') FROM pg_inherits AS i WHERE i.inhparent = 'domainflow.entity_event'::regclass AND i.inhrelid <> 'domainflow.entity_event_default'::regclass); END $$;
COMMENT ON FUNCTION domainflow.version() IS 'other';
SELECT results_eq('SELECT d.kind, d.identity FROM domainflow.catalog_drift() AS d',
    $$SELECT 'comment on function', 'domainflow.version()' UNION ALL (SELECT 'partition', i.inhrelid::regclass::text FROM pg_inherits AS i
       WHERE i.inhparent = 'domainflow.entity_event'::regclass AND i.inhrelid <> 'domainflow.entity_event_default'::regclass ORDER BY 2)$$, 'each drifted partition once, in order');
SELECT results_eq('SELECT o.kind, o.identity FROM domainflow.catalog_objects() AS o', 'SELECT o.kind, o.identity FROM domainflow.catalog_objects() AS o ORDER BY 1, 2', 'objects come in order');
GRANT domainflow_definer TO domainflow_app;
SELECT domainflow._remember_catalog() \g /dev/null
SELECT results_eq('SELECT d.kind, d.identity FROM domainflow.catalog_drift() AS d', $$VALUES ('membership', 'domainflow_app in domainflow_definer')$$, 'what no one may be is never remembered, all else is');

SELECT is(domainflow._shown('abc', 3), 'abc', 'a value that just fits');
SELECT is(domainflow._shown('abcd', 3), 'abc...', 'and one that does not');
CREATE OR REPLACE FUNCTION domainflow.catalog_objects() RETURNS TABLE (kind text, identity text, definition text) LANGUAGE sql STABLE AS $$VALUES ('a', 'B', '1'), ('a', 'a', '2'), ('b', 'a', '3')$$;
SELECT domainflow.catalog_fingerprint() AS sorted \gset
CREATE OR REPLACE FUNCTION domainflow.catalog_objects() RETURNS TABLE (kind text, identity text, definition text) LANGUAGE sql STABLE AS $$VALUES ('b', 'a', '3'), ('a', 'a', '2'), ('a', 'B', '1')$$;
SELECT is(domainflow.catalog_fingerprint(), :'sorted', 'the order of the rows does not matter to the fingerprint');

SELECT * FROM finish();
ROLLBACK;
