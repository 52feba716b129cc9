-- No role of ours creates anything where definer code looks for names, changes what is there, or acts for a role that owns.
BEGIN;
SELECT plan(13);
CREATE FUNCTION pg_temp.tries(p_sql text) RETURNS text LANGUAGE plpgsql AS
$$BEGIN EXECUTE p_sql; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate; END$$;
CREATE TABLE pg_temp.attempt (n serial, sql text);
INSERT INTO pg_temp.attempt (sql)
SELECT format(s.sql, n.schema)
  FROM (SELECT nspname AS schema FROM pg_namespace WHERE nspname IN ('domainflow', 'domainflow_generated', 'domainflow_migrate')) AS n
 CROSS JOIN (VALUES ('CREATE TABLE %I.attack (id int)'), ('CREATE VIEW %I.attack AS SELECT 1'), ('CREATE SEQUENCE %I.attack'),
                    ('CREATE FUNCTION %I.attack() RETURNS int LANGUAGE sql AS ''SELECT 1'''), ('CREATE TYPE %I.attack AS ENUM (''a'')'),
                    ('CREATE DOMAIN %I.attack AS text'), ('CREATE AGGREGATE %I.attack (int) (SFUNC = int4pl, STYPE = int)'),
                    ('CREATE OPERATOR %I.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)'), ('CREATE COLLATION %I.attack FROM "C"'),
                    ('CREATE TEXT SEARCH CONFIGURATION %I.attack (COPY = pg_catalog.simple)'),
                    ('CREATE CONVERSION %I.attack FOR ''LATIN1'' TO ''UTF8'' FROM iso8859_1_to_utf8'),
                    ('ALTER SCHEMA %I RENAME TO attack'), ('DROP SCHEMA %I CASCADE'),
                    ('ALTER DEFAULT PRIVILEGES FOR ROLE domainflow_definer IN SCHEMA %I GRANT ALL ON TABLES TO PUBLIC')) AS s (sql);
INSERT INTO pg_temp.attempt (sql)
SELECT format(s.sql, c.oid::regclass)
  FROM pg_class AS c
 CROSS JOIN (VALUES ('CREATE TRIGGER attack BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()'),
                    ('CREATE RULE attack AS ON INSERT TO %s DO INSTEAD NOTHING'), ('CREATE POLICY attack ON %s'), ('CREATE INDEX ON %s ((1))'),
                    ('ALTER TABLE %s DISABLE TRIGGER ALL'), ('ALTER TABLE %s ADD attack int DEFAULT 1'), ('ALTER TABLE %s OWNER TO current_user'),
                    ('CREATE TABLE climate.attack () INHERITS (%s)'), ('DROP TABLE %s'), ('COMMENT ON TABLE %s IS ''run-time: attack'''),
                    ('ALTER TABLE %s ENABLE ROW LEVEL SECURITY')) AS s (sql)
 WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition;
INSERT INTO pg_temp.attempt (sql)
SELECT format(s.sql, p.oid::regprocedure)
  FROM pg_proc AS p
 CROSS JOIN (VALUES ('ALTER FUNCTION %s OWNER TO current_user'), ('ALTER FUNCTION %s SECURITY DEFINER'), ('ALTER FUNCTION %s RESET ALL'),
                    ('ALTER FUNCTION %s SET search_path = public'), ('DROP FUNCTION %s')) AS s (sql)
 WHERE p.pronamespace IN ('domainflow'::regnamespace, 'domainflow_generated'::regnamespace) AND p.prokind = 'f';
INSERT INTO pg_temp.attempt (sql)
SELECT format(s.sql, r.role)
  FROM unnest(ARRAY['domainflow_definer', 'domainflow_guard']) AS r (role)
 CROSS JOIN (VALUES ('SET ROLE %I'), ('GRANT %I TO current_user'), ('ALTER ROLE %I LOGIN'), ('ALTER ROLE %I SET search_path = public'),
                    ('REASSIGN OWNED BY %I TO current_user'), ('DROP OWNED BY %I'), ('DROP ROLE %I'), ('ALTER ROLE %I RENAME TO attack'),
                    ('ALTER ROLE %I IN DATABASE postgres SET role = none')) AS s (sql);
GRANT USAGE ON SCHEMA climate TO PUBLIC;
GRANT CREATE ON SCHEMA climate TO PUBLIC;
SELECT set_config('attack.temp', pg_my_temp_schema()::regnamespace::text, false) \gset
GRANT SELECT ON pg_temp.attempt TO PUBLIC;

-- Refused for want of a right, or because such a thing cannot be made of this object: class 42 either way.
SELECT cmp_ok((SELECT count(*) FROM pg_temp.attempt), '>', 500::bigint, 'so many things to try');
SET LOCAL client_min_messages = error;
SET LOCAL SESSION AUTHORIZATION climate_app;
SELECT is_empty('SELECT * FROM (SELECT sql, pg_temp.tries(sql) AS what FROM pg_temp.attempt) AS t WHERE what !~ ''^42''', 'app');
RESET SESSION AUTHORIZATION; SET LOCAL SESSION AUTHORIZATION climate_reader;
SELECT is_empty('SELECT * FROM (SELECT sql, pg_temp.tries(sql) AS what FROM pg_temp.attempt) AS t WHERE what !~ ''^42''', 'reader');
RESET SESSION AUTHORIZATION; SET LOCAL SESSION AUTHORIZATION climate_auditor;
SELECT is_empty('SELECT * FROM (SELECT sql, pg_temp.tries(sql) AS what FROM pg_temp.attempt) AS t WHERE what !~ ''^42''', 'auditor');
RESET SESSION AUTHORIZATION; SET LOCAL SESSION AUTHORIZATION climate_admin;
SELECT is_empty('SELECT * FROM (SELECT sql, pg_temp.tries(sql) AS what FROM pg_temp.attempt) AS t WHERE what !~ ''^42''', 'admin');
RESET SESSION AUTHORIZATION; SET LOCAL SESSION AUTHORIZATION climate_owner;
SELECT is_empty('SELECT * FROM (SELECT sql, pg_temp.tries(sql) AS what FROM pg_temp.attempt) AS t WHERE what !~ ''^42''', 'owner');
RESET SESSION AUTHORIZATION; SET LOCAL SESSION AUTHORIZATION climate_nobody;
SELECT is_empty('SELECT * FROM (SELECT sql, pg_temp.tries(sql) AS what FROM pg_temp.attempt) AS t WHERE what !~ ''^42''', 'nobody');
RESET SESSION AUTHORIZATION;

-- The catalog says the same of roles that are to come.
SELECT is_empty($$SELECT n.nspname, a.grantee::regrole FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
                   WHERE n.nspname ~ '^domainflow' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner$$, 'CREATE on our schemas is nobody''s');
SELECT is_empty($$SELECT a.roleid::regrole, a.member::regrole FROM pg_auth_members AS a JOIN pg_roles AS m ON m.oid = a.member
                   WHERE a.roleid IN ('domainflow_definer'::regrole, 'domainflow_guard'::regrole) AND NOT m.rolsuper
                     -- From PostgreSQL 16 on the role that made them may administer them.
                     AND (NOT m.rolcreaterole OR COALESCE((to_jsonb(a) ->> 'inherit_option')::boolean, true) OR COALESCE((to_jsonb(a) ->> 'set_option')::boolean, true))$$,
                'nobody acts for the owners');
SELECT is_empty($$SELECT a.member::regrole, a.roleid::regrole FROM pg_auth_members AS a
                   WHERE a.member IN ('domainflow_definer'::regrole, 'domainflow_guard'::regrole)$$, 'and they act for nobody');
SELECT is_empty($$SELECT rolname FROM pg_roles WHERE rolname ~ '^domainflow_' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication
                      OR rolbypassrls OR rolcanlogin)$$, 'no role of ours has an attribute');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace::regnamespace::text ~ '^domainflow' AND p.prosecdef
                     AND p.proowner NOT IN ('domainflow_definer'::regrole, 'domainflow_guard'::regrole)$$, 'definer functions belong to them');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p
                   WHERE p.pronamespace::regnamespace::text ~ '^domainflow'
                     AND EXISTS (SELECT FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0)$$, 'no function is PUBLIC''s');
SELECT * FROM finish();
ROLLBACK;
