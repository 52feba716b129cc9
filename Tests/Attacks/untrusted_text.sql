-- Every text that a function takes is data: never a statement, never a name that is resolved with more rights, never a terminal's commands.
BEGIN;
SELECT plan(4);
CREATE TABLE climate.victim (id int);
CREATE TABLE pg_temp.answer (role text, call text, state text, message text);
GRANT INSERT ON pg_temp.answer TO PUBLIC;
CREATE FUNCTION pg_temp.tries(p_sql text) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE v_message text; v_detail text; v_hint text;
BEGIN
    EXECUTE p_sql;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_message = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL, v_hint = PG_EXCEPTION_HINT;
    RETURN sqlstate || ' ' || v_message || ' ' || v_detail || ' ' || v_hint;
END$$;
-- One call for each function and text: all its texts are it, the rest are its defaults or small values.
CREATE TABLE pg_temp.call AS
SELECT p.oid, e.n, format('SELECT * FROM domainflow.%I(%s)', p.proname,
                     (SELECT string_agg(format('%I => %s::%s', p.proargnames[a.n],
                                               CASE WHEN a.type = 'text'::regtype THEN quote_literal(e.evil)
                                                    WHEN a.type = 'text[]'::regtype THEN quote_literal(ARRAY[e.evil])
                                                    WHEN a.type = 'jsonb'::regtype THEN quote_literal(jsonb_build_object(e.evil, e.evil, 'initial', e.evil))
                                                    WHEN a.type = 'jsonb[]'::regtype THEN quote_literal(ARRAY[jsonb_build_object(e.evil, e.evil)])
                                                    WHEN a.type::regtype IN ('bigint', 'integer', 'double precision') THEN '1'
                                                    WHEN a.type::regtype IN ('bigint[]', 'integer[]', 'double precision[]') THEN '''{1}'''
                                                    WHEN a.type = 'regclass'::regtype THEN '''climate.managed'''
                                                    ELSE 'NULL' END, format_type(a.type, NULL)), ', ')
                        FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, n)
                       WHERE a.n <= p.pronargs - p.pronargdefaults OR a.type::regtype IN ('text', 'jsonb'))) AS sql
  FROM pg_proc AS p
 CROSS JOIN (VALUES (1, $e$'; DROP TABLE climate.victim; ALTER ROLE climate_app SUPERUSER; --$e$), (2, $e$"; DROP TABLE climate.victim; --$e$),
                    (3, $e$$$; DROP TABLE climate.victim; --$e$), (4, $e$%1$s %s %I %L %$e$), (5, E'\x1b]0;title\x07\x1b[31m\r\n'),
                    (6, 'climate.victim'), (7, repeat('x', 20000)), (8, E'\\''; DROP TABLE climate.victim; --')) AS e (n, evil)
 WHERE p.pronamespace = 'domainflow'::regnamespace AND p.prokind = 'f' AND p.proname !~ '^_' AND p.pronargs > 0;
GRANT SELECT ON pg_temp.call TO PUBLIC;
SET LOCAL client_min_messages = error;
SET LOCAL SESSION AUTHORIZATION climate_app;
INSERT INTO pg_temp.answer SELECT 'app', c.sql, pg_temp.tries(c.sql) FROM pg_temp.call AS c WHERE has_function_privilege(c.oid, 'EXECUTE');
RESET SESSION AUTHORIZATION; SET LOCAL SESSION AUTHORIZATION climate_admin;
INSERT INTO pg_temp.answer SELECT 'admin', c.sql, pg_temp.tries(c.sql) FROM pg_temp.call AS c WHERE has_function_privilege(c.oid, 'EXECUTE');
RESET SESSION AUTHORIZATION; SET LOCAL SESSION AUTHORIZATION climate_auditor;
INSERT INTO pg_temp.answer SELECT 'auditor', c.sql, pg_temp.tries(c.sql) FROM pg_temp.call AS c WHERE has_function_privilege(c.oid, 'EXECUTE');
RESET SESSION AUTHORIZATION; SET LOCAL SESSION AUTHORIZATION climate_owner;
INSERT INTO pg_temp.answer SELECT 'owner', c.sql, pg_temp.tries(c.sql) FROM pg_temp.call AS c WHERE has_function_privilege(c.oid, 'EXECUTE');
RESET SESSION AUTHORIZATION;
SELECT has_table('climate', 'victim', 'nothing was run');
SELECT is((SELECT rolsuper FROM pg_roles WHERE rolname = 'climate_app'), false, 'no right was gained');
SELECT is_empty($$SELECT role, call, state FROM pg_temp.answer WHERE state ~ E'[\x01-\x09\x0b-\x1f]'$$, 'no error carries control characters');
SELECT is_empty($$SELECT role, left(call, 150), length(state), left(state, 100) FROM pg_temp.answer WHERE length(state) > 3000$$, 'nor a whole value of 20,000 characters');
SELECT * FROM finish();
ROLLBACK;
