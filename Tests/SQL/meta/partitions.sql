-- Shapes of partitions, drift and the order of objects in detail.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
-- Parts of functions are called here that do not set it themselves.
SET LOCAL quote_all_identifiers = off;
SELECT plan(28);
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
-- Read in any order.
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT is(pg_temp.shape('a int, b text DEFAULT ''x''', s.one), pg_temp.shape('b text DEFAULT ''x'', gone int, a int', 'ALTER TABLE public.shape DROP COLUMN gone; ' || s.other), 'alike: ' || s.one) FROM (VALUES
    ('', ''), ('CREATE INDEX i ON public.shape (a); CREATE INDEX j ON public.shape (b)', 'CREATE INDEX k ON public.shape (b); CREATE INDEX l ON public.shape (a)'),
    ('ALTER TABLE public.shape ADD CONSTRAINT i CHECK (a > 0), ADD CONSTRAINT j CHECK (b > '''')', 'ALTER TABLE public.shape ADD CONSTRAINT k CHECK (b > ''''), ADD CONSTRAINT l CHECK (a > 0)'),
    ('CREATE TRIGGER i BEFORE UPDATE ON public.shape EXECUTE FUNCTION domainflow._refuse_change(); CREATE TRIGGER j BEFORE DELETE ON public.shape EXECUTE FUNCTION domainflow._refuse_change()',
     'CREATE TRIGGER i BEFORE DELETE ON public.shape EXECUTE FUNCTION domainflow._refuse_change(); CREATE TRIGGER j BEFORE UPDATE ON public.shape EXECUTE FUNCTION domainflow._refuse_change()'),
    ('CREATE RULE a AS ON DELETE TO public.shape DO NOTHING; CREATE RULE b AS ON UPDATE TO public.shape DO NOTHING', 'CREATE RULE b AS ON UPDATE TO public.shape DO NOTHING; CREATE RULE a AS ON DELETE TO public.shape DO NOTHING'),
    ('CREATE POLICY a ON public.shape; CREATE POLICY b ON public.shape', 'CREATE POLICY b ON public.shape; CREATE POLICY a ON public.shape')) AS s (one, other);
RESET enable_indexscan;
RESET enable_bitmapscan;
SELECT isnt(pg_temp.shape('a int', s.statement), pg_temp.shape('a int'), 'different: ' || s.statement) FROM (VALUES
    ('ALTER TABLE public.shape ALTER a SET DEFAULT 1'), ('ALTER TABLE public.shape ALTER a SET NOT NULL'), ('ALTER TABLE public.shape ALTER a TYPE bigint'), ('ALTER TABLE public.shape OWNER TO domainflow_owner'),
    ('ALTER TABLE public.shape ADD CHECK (a > 0) NOT VALID'), ('CREATE RULE r AS ON DELETE TO public.shape DO NOTHING'), ('CREATE POLICY p ON public.shape'), ('ALTER TABLE public.shape ENABLE ROW LEVEL SECURITY'),
    ('CREATE TRIGGER t BEFORE DELETE ON public.shape EXECUTE FUNCTION domainflow._refuse_change()')) AS s (statement);
SELECT is(pg_temp.shape('a int UNIQUE', 'CREATE TABLE public.refers (a int REFERENCES public.shape (a))'), pg_temp.shape('a int UNIQUE'), 'a foreign key to it hangs on another table');

SELECT is(pg_temp.shape('a int', 'CREATE TABLE public.o (a int UNIQUE CHECK (a > 0) DEFAULT 1); CREATE RULE r AS ON DELETE TO public.o DO NOTHING; CREATE POLICY p ON public.o; '
    'CREATE TRIGGER t BEFORE DELETE ON public.o EXECUTE FUNCTION domainflow._refuse_change()'), pg_temp.shape('a int'), 'what hangs on another table does not matter');

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
SELECT is_empty($$SELECT FROM domainflow.catalog_objects() AS o WHERE o.kind ~ '^grants on ' AND o.definition = ''$$, 'no row without a grant');
SELECT results_eq($$SELECT o.definition FROM domainflow.catalog_objects() AS o WHERE o.kind = 'table column' AND o.identity IN ('domainflow.error_code.code', 'domainflow.error_code.http_status')$$,
    $$VALUES ('text not null'), ('integer not null')$$, 'a column in words');
GRANT domainflow_definer TO domainflow_app;
SELECT domainflow._remember_catalog() \g /dev/null
SELECT results_eq('SELECT d.kind, d.identity FROM domainflow.catalog_drift() AS d', $$VALUES ('membership', 'domainflow_app in domainflow_definer')$$, 'what no one may be is never remembered, all else is');

SELECT is(domainflow._shown('abc', 3), 'abc', 'a value that just fits');
SELECT is(domainflow._shown('abcd', 3), 'abc...', 'and one that does not');
CREATE OR REPLACE FUNCTION domainflow.catalog_objects() RETURNS TABLE (kind text, identity text, definition text) LANGUAGE sql STABLE AS $$VALUES ('a', 'B', '1'), ('a', 'a', '2'), ('b', 'a', '3')$$;
SELECT domainflow.catalog_fingerprint() AS sorted \gset
CREATE OR REPLACE FUNCTION domainflow.catalog_objects() RETURNS TABLE (kind text, identity text, definition text) LANGUAGE sql STABLE AS $$VALUES ('b', 'a', '3'), ('a', 'a', '2'), ('a', 'B', '1')$$;
SELECT is(domainflow.catalog_fingerprint(), :'sorted', 'the order of the rows does not matter to the fingerprint');

-- One shape is one text, however its columns came about.
CREATE TABLE domainflow.one (a integer DEFAULT 1, b integer);
CREATE TABLE domainflow.two (b integer, a integer DEFAULT 1);
CREATE TABLE domainflow.three (a integer, b integer DEFAULT 1);
SELECT is(domainflow._partition_shape('domainflow.two'), domainflow._partition_shape('domainflow.one'), 'columns in another order');
SELECT isnt(domainflow._partition_shape('domainflow.three'), domainflow._partition_shape('domainflow.one'), 'the default of another column');

SELECT * FROM finish();
ROLLBACK;
