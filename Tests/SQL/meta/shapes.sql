-- The fingerprint takes what is one thing for one thing, however it came about, and two things for two.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
-- Parts of functions are called here that do not set it themselves.
SET LOCAL quote_all_identifiers = off;
SELECT plan(83);
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
    ('CREATE TYPE domainflow.t AS ENUM (''a''); ALTER TYPE domainflow.t OWNER TO domainflow_owner', 'CREATE TYPE domainflow.t AS ENUM (''a'')'),
    ('CREATE TABLE domainflow.t (a int, UNIQUE (a))', 'CREATE TABLE domainflow.t (a int, PRIMARY KEY (a))'), ('CREATE MATERIALIZED VIEW domainflow.t AS SELECT 1 AS a', 'CREATE MATERIALIZED VIEW domainflow.t AS SELECT 2 AS a'),
    ('CREATE AGGREGATE domainflow.t (int) (SFUNC = int4pl, STYPE = int)', 'CREATE AGGREGATE domainflow.t (int) (SFUNC = int4mul, STYPE = int)'), ('CREATE FUNCTION domainflow.t() RETURNS int LANGUAGE sql RETURN 1', 'CREATE FUNCTION domainflow.t() RETURNS int LANGUAGE sql RETURN 2'),
    ('CREATE POLICY p ON domainflow.error_code TO domainflow_app', 'CREATE POLICY p ON domainflow.error_code TO domainflow_reader'),
    ('CREATE TABLE domainflow.t (a int); CREATE RULE r AS ON DELETE TO domainflow.t DO NOTHING', 'CREATE TABLE domainflow.t (a int); CREATE RULE r AS ON DELETE TO domainflow.t DO INSTEAD NOTHING')) AS s (one, other);
SELECT is(pg_temp.after(s.statement), (SELECT fingerprint FROM fresh), 'not seen: ' || s.statement) FROM (VALUES
    ('CREATE TABLE public.e (id int PRIMARY KEY); SELECT domainflow.manage_entity(''public.e'')'), ('REVOKE ALL ON domainflow.error_code FROM domainflow_definer'), ('GRANT domainflow_app TO domainflow_test_other'), ('ALTER ROLE domainflow_test_other LOGIN'),
    ('CREATE ROLE test_other; GRANT test_other TO domainflow_app'), ('GRANT pg_monitor TO domainflow_test_other'),
    ('CREATE TABLE public.s (); CREATE TABLE public.t () INHERITS (public.s)'),
    ('CREATE SCHEMA s; CREATE TABLE public.t (a int PRIMARY KEY); CREATE TABLE s.t (a int REFERENCES public.t)'),
    ('CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)'),
    ('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC'), ('ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC'),
    ('SELECT domainflow.define_state_machine(''aa'', ''{"initial": "a", "states": {"a": {}, "b": {"terminal": true}}, "transitions": [{"from": "a", "to": "b"}]}'')'),
    ('UPDATE domainflow.state SET state = state WHERE state < ''d'''), ('UPDATE domainflow.state_transition SET to_state = to_state WHERE from_state < ''d'''), ('UPDATE domainflow.error_code SET code = code WHERE code < ''F'''),
    ('CREATE TABLE public.t (a int UNIQUE, b text DEFAULT 1, CHECK (a > 0)); CREATE TYPE public.u AS ENUM (''x''); CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS ''SELECT 1''; CREATE POLICY p ON public.t')) AS s (statement);
SELECT isnt(pg_temp.after(s.statement), (SELECT fingerprint FROM fresh), 'seen: ' || s.statement) FROM (VALUES
    ('GRANT domainflow_guard TO domainflow_test_other'), ('GRANT domainflow_app TO domainflow_reader'), ('GRANT pg_monitor TO domainflow_app'), ('ALTER ROLE domainflow_app CREATEROLE'), ('ALTER DEFAULT PRIVILEGES FOR ROLE domainflow_owner GRANT SELECT ON TABLES TO PUBLIC'),
    ('DELETE FROM domainflow.state_transition WHERE ctid = (SELECT t.ctid FROM domainflow.state_transition AS t JOIN domainflow.state_machine AS m ON m.machine = t.machine WHERE m.built_in LIMIT 1)'),
    ('CREATE TABLE domainflow_generated.t ()'), ('CREATE DOMAIN domainflow_generated.t AS int CHECK (VALUE > 0)'), ('CREATE OPERATOR domainflow_generated.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)')) AS s (statement);
SELECT isnt(pg_temp.after(format('CREATE ROLE test_other %s; GRANT test_other TO domainflow_app', p.power)), (SELECT fingerprint FROM fresh),
            'seen: a role of ours in one with ' || p.power)
  FROM unnest(ARRAY['SUPERUSER', 'CREATEROLE', 'CREATEDB', 'REPLICATION', 'BYPASSRLS']) AS p (power);
-- Since PostgreSQL 16 a member may be one in name only, as a role is that made the other; one that could not have made it was given that.
SELECT is(current_setting('server_version_num')::integer < 160000 OR pg_temp.after(format('ALTER ROLE domainflow_test_other %s; GRANT domainflow_definer TO domainflow_test_other WITH %s', m.power, m.options)) <> (SELECT fingerprint FROM fresh),
          current_setting('server_version_num')::integer < 160000 OR m.seen, format('a member with %s and %s', m.power, m.options))
  FROM (VALUES ('NOCREATEROLE', 'INHERIT TRUE, SET FALSE', true), ('NOCREATEROLE', 'INHERIT FALSE, SET TRUE', true), ('NOCREATEROLE', 'INHERIT FALSE, SET FALSE', true),
               ('CREATEROLE', 'INHERIT TRUE, SET FALSE', true), ('CREATEROLE', 'INHERIT FALSE, SET TRUE', true), ('CREATEROLE', 'INHERIT FALSE, SET FALSE', false)) AS m (power, options, seen);
SELECT isnt(pg_temp.after('CREATE TABLE public.e (id int PRIMARY KEY); SELECT domainflow.manage_entity(''public.e''); ' || replace(s.statement, '@', 'FUNCTION domainflow_generated.atomic_update_e_state(int, bigint, jsonb, jsonb)')),
            (SELECT fingerprint FROM fresh), 'seen of a generated function: ' || s.statement) FROM (VALUES
    ('ALTER @ SECURITY DEFINER'), ('ALTER @ STABLE'), ('ALTER @ PARALLEL SAFE'), ('ALTER @ STRICT'), ('ALTER @ SUPPORT generate_series_int8_support'),
    ('ALTER @ OWNER TO CURRENT_USER; GRANT EXECUTE ON @ TO domainflow_definer; REVOKE EXECUTE ON @ FROM CURRENT_USER'), ('ALTER @ SET search_path = public'), ('ALTER @ OWNER TO CURRENT_USER'), ('GRANT EXECUTE ON @ TO PUBLIC'), ('REVOKE EXECUTE ON @ FROM domainflow_app'),
    ('UPDATE pg_proc SET prolang = (SELECT oid FROM pg_language WHERE lanname = ''sql'') WHERE proname = ''atomic_update_e_state'''),
    ('CREATE FUNCTION domainflow_generated.stray() RETURNS integer LANGUAGE plpgsql AS ''BEGIN RETURN 1; END''; ALTER FUNCTION domainflow_generated.stray() OWNER TO domainflow_definer; REVOKE ALL ON FUNCTION domainflow_generated.stray() FROM PUBLIC; GRANT EXECUTE ON FUNCTION domainflow_generated.stray() TO domainflow_app'),
    ('DELETE FROM domainflow.managed_entity'), ('CREATE OR REPLACE FUNCTION domainflow_generated.atomic_update_e_state(p_entity_id pg_catalog.int4, p_expected_version pg_catalog.int8, p_new_data pg_catalog.jsonb, p_operation_context pg_catalog.jsonb DEFAULT NULL) RETURNS domainflow.entity_update_result LANGUAGE sql AS ''SELECT NULL::domainflow.entity_update_result''')) AS s (statement);

SELECT is(domainflow._grants('{pg_monitor=rw/postgres,pg_database_owner=r/postgres}', 0::oid), 'pg_database_owner=SELECT, pg_monitor=SELECT, pg_monitor=UPDATE', 'grants in the order of their texts');

-- What PostgreSQL makes for itself is no member, and every member is one once.
CREATE VIEW domainflow.v AS SELECT 1 AS a;
CREATE TABLE domainflow.p (a int PRIMARY KEY) PARTITION BY LIST (a);
CREATE TABLE domainflow.p_default PARTITION OF domainflow.p DEFAULT;
CREATE TABLE domainflow.c (a int REFERENCES domainflow.p);
CREATE OPERATOR domainflow.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE OPERATOR domainflow.!== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne);
ALTER OPERATOR domainflow.=== (int, int) OWNER TO domainflow_owner;
ALTER OPERATOR domainflow.!== (int, int) OWNER TO domainflow_definer;
SELECT is_empty($$
    SELECT pg_describe_object(m.classid, m.objid, m.objsubid)
      FROM domainflow._catalog_members() AS m
      LEFT JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
      LEFT JOIN pg_constraint AS k ON m.classid = 'pg_constraint'::regclass AND k.oid = m.objid
      LEFT JOIN pg_trigger AS t ON m.classid = 'pg_trigger'::regclass AND t.oid = m.objid
      LEFT JOIN pg_rewrite AS w ON m.classid = 'pg_rewrite'::regclass AND w.oid = m.objid
     WHERE m.objsubid < 0 OR c.relkind = 'S' AND m.objsubid > 0 OR k.conparentid <> 0 OR t.tgisinternal OR w.rulename = '_RETURN'$$,
    'no columns of the system or of sequences, no inherited constraints, internal triggers or rules of views');
SELECT is_empty('SELECT m.classid, m.objid, m.objsubid FROM domainflow._catalog_members() AS m GROUP BY 1, 2, 3 HAVING count(*) > 1', 'each once');

-- Every member is described once, and nothing else, so that a description costs what there is of ours.
SELECT count(*) FROM domainflow.ensure_partitions();
CREATE TABLE public.other (a int CHECK (a > 0), b int GENERATED ALWAYS AS IDENTITY);
CREATE TYPE public.other_type AS ENUM ();
CREATE FUNCTION public.other() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TRIGGER t BEFORE UPDATE ON public.other FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE POLICY p ON public.other;
CREATE POLICY p ON domainflow.error_code;
CREATE RULE r AS ON DELETE TO public.other DO NOTHING;
CREATE RULE r AS ON DELETE TO domainflow.error_code DO NOTHING;
CREATE TEMPORARY VIEW described AS
SELECT 'pg_class'::regclass::oid AS classid, d.objid, d.objsubid FROM domainflow._describe_column() AS d
UNION ALL SELECT d.classid, d.objid, 0 FROM domainflow._describe_constraint() AS d
UNION ALL SELECT 'pg_class'::regclass, d.objid, 0 FROM domainflow._describe_relation() AS d
UNION ALL SELECT 'pg_proc'::regclass, d.objid, 0 FROM domainflow._describe_routine() AS d
UNION ALL SELECT 'pg_type'::regclass, d.objid, 0 FROM domainflow._describe_type() AS d;
SELECT is_empty('SELECT FROM described GROUP BY classid, objid, objsubid HAVING count(*) > 1', 'described once');
SELECT is_empty($$SELECT m.classid, m.objid, m.objsubid FROM domainflow._catalog_members() AS m
                   WHERE m.classid IN ('pg_class'::regclass, 'pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
                  EXCEPT SELECT * FROM described$$, 'every member is described');
SELECT is_empty($$SELECT i.identity FROM described AS d LEFT JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid,
                         pg_identify_object(d.classid, d.objid, d.objsubid) AS i
                   WHERE i.identity !~ '(^|[^a-z_])domainflow[.]' OR i.identity ~ '_RETURN' OR c.relkind = 'r' AND i.identity ~ '_[0-9]{4}_[0-9]{2}'$$, 'nothing else, and no table of a month');

SELECT is_empty($$SELECT * FROM domainflow._catalog_surroundings() WHERE kind = 'elsewhere'$$, 'our own foreign keys are not elsewhere');
CREATE TABLE public.q (code text REFERENCES domainflow.error_code) PARTITION BY LIST (code);
CREATE TABLE public.q_default PARTITION OF public.q DEFAULT;
SELECT is((SELECT count(*) FROM domainflow._catalog_surroundings() WHERE kind = 'elsewhere'), 1::bigint, 'a foreign key of a partitioned table is one');

-- DROP EXTENSION drops what belongs to it or depends on it. Another extension takes the name of ours, which is not here.
DROP TABLE public.q;
CREATE FUNCTION pg_temp.elsewhere() RETURNS SETOF text LANGUAGE sql AS $$SELECT identity FROM domainflow._catalog_surroundings() WHERE kind = 'elsewhere'$$;
ALTER EXTENSION plpgsql ADD TABLE domainflow.c;
SELECT results_eq('SELECT * FROM pg_temp.elsewhere()', $$VALUES ('table domainflow.c')$$, 'a member of another extension');
ALTER EXTENSION plpgsql DROP TABLE domainflow.c;
ALTER FUNCTION domainflow.version() DEPENDS ON EXTENSION plpgsql;
SELECT results_eq('SELECT * FROM pg_temp.elsewhere()', $$VALUES ('function domainflow.version()')$$, 'what depends on another extension');
UPDATE pg_extension SET extname = 'domainflow' WHERE extname = 'plpgsql';
SELECT is_empty('SELECT * FROM pg_temp.elsewhere()', 'members of our own extension are not elsewhere');

SELECT * FROM finish();
ROLLBACK;
