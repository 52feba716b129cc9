-- What the application may write around the functions forges nothing: no actor, no time, no transaction, no mark, no clock.
BEGIN;
SELECT plan(10);
CREATE FUNCTION pg_temp.tries(p_sql text) RETURNS text LANGUAGE plpgsql AS
$$BEGIN EXECUTE p_sql; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate; END$$;
CREATE TABLE pg_temp.attempt (sql text);
GRANT SELECT ON pg_temp.attempt TO PUBLIC;
INSERT INTO pg_temp.attempt
SELECT format(s.sql, c.oid::regclass, (SELECT quote_ident(a.attname) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = 1))
  FROM pg_class AS c
 CROSS JOIN (VALUES ('DELETE FROM %1$s'), ('TRUNCATE %1$s CASCADE'), ('UPDATE %1$s SET %2$s = %2$s'), ('INSERT INTO %1$s DEFAULT VALUES'),
                    ('LOCK TABLE %1$s IN ACCESS EXCLUSIVE MODE'), ('CREATE TABLE climate.refers (x int REFERENCES %1$s)'),
                    ('SELECT * FROM %1$s FOR UPDATE')) AS s (sql)
 WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relkind IN ('r', 'p')
UNION ALL
SELECT format(s.sql, c.oid::regclass)
  FROM pg_class AS c
 CROSS JOIN (VALUES ('SELECT setval(%L, 1000000000)'), ('SELECT nextval(%L)'), ('ALTER SEQUENCE %s RESTART')) AS s (sql)
 WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relkind = 'S';
GRANT CREATE ON SCHEMA climate TO PUBLIC;
-- The columns of an event that the application adds with a managed row are its own to write: 23502 for the missing ones.
DELETE FROM pg_temp.attempt WHERE sql ~ '^INSERT INTO domainflow.entity_event DEFAULT VALUES';
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
RESET SESSION AUTHORIZATION;

SET LOCAL SESSION AUTHORIZATION climate_app;
SELECT is_empty($$SELECT c FROM (VALUES ('actor', '''somebody'''), ('recorded_at', '''2001-01-01'''), ('transaction_id', '''3''')) AS v (c, value)
                   WHERE pg_temp.tries(format('INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context, %I)
                             VALUES (''attack'', ''1'', 1, ''{}'', ''{}'', %s)', c, value)) <> '42501'$$, 'an entity''s event with another actor, time or transaction');
SELECT isnt(pg_temp.tries($$COPY domainflow.entity_event (entity, entity_id, version, data, context) FROM PROGRAM 'echo attack'$$), 'done', 'nor by COPY');
RESET SESSION AUTHORIZATION;

-- Even a superuser's session cannot switch the guards of events off by its role of replication.
SET LOCAL session_replication_role = replica;
SELECT is_empty($$SELECT v.sql, pg_temp.tries(v.sql) FROM (SELECT format(s.sql, t) AS sql FROM unnest(ARRAY['audit_log', 'state_event', 'entity_event']) AS t
                    CROSS JOIN (VALUES ('DELETE FROM domainflow.%I'), ('TRUNCATE domainflow.%I')) AS s (sql)) AS v
                   WHERE EXISTS (SELECT FROM domainflow.audit_log) AND pg_temp.tries(v.sql) = 'done'$$, 'events stay under session_replication_role = replica');
SET LOCAL session_replication_role = origin;
SELECT is_empty($$SELECT t.tgrelid::regclass, t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
                   WHERE c.relnamespace = 'domainflow'::regnamespace AND NOT t.tgisinternal AND t.tgenabled <> 'A'$$, 'every trigger of ours fires always');
SELECT isnt_empty('SELECT FROM domainflow.audit_log', 'there was something to take');
SELECT * FROM finish();
ROLLBACK;
