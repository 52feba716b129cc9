-- Guards run without rights, fail as a refusal with a reason, and end nothing; what the application may not write around the functions.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(65);
CREATE SCHEMA g;
CREATE TABLE g.payment (order_id text);
INSERT INTO g.payment VALUES ('ok1');
CREATE FUNCTION g.boom(text, p_id text, text, text, jsonb) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    CASE p_id
        WHEN 'bad' THEN RAISE EXCEPTION 'guard broke' USING HINT = 'no';
        WHEN 'odd' THEN RAISE EXCEPTION '%', E'red \033[31m' || repeat('x', 500);
        WHEN 'zero' THEN PERFORM 1 / 0;
        WHEN 'claim' THEN ASSERT false, 'asserted';
        WHEN 'lost' THEN RAISE serialization_failure;
        WHEN 'lock' THEN RAISE lock_not_available;
        WHEN 'full' THEN RAISE disk_full;
        WHEN 'stop' THEN RAISE query_canceled;
        ELSE NULL;
    END CASE;
    RETURN true;
END $$;
CREATE FUNCTION g.reads(text, p_id text, text, text, jsonb) RETURNS text LANGUAGE sql STABLE AS
    $$SELECT 'not paid' WHERE NOT EXISTS (SELECT FROM g.payment WHERE order_id = p_id)$$;
CREATE FUNCTION g.who(text, text, text, text, jsonb) RETURNS text LANGUAGE sql STABLE AS $$SELECT current_user::text$$;
CREATE FUNCTION g.path(text, text, text, text, jsonb) RETURNS text LANGUAGE sql STABLE AS $$SELECT current_setting('search_path')$$;
-- No guards: other arguments, another answer, many answers, an aggregate, and one that is gone with the session.
CREATE FUNCTION g.one(text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE FUNCTION g.number(text, text, text, text, jsonb) RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION g.many(text, text, text, text, jsonb) RETURNS SETOF boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE FUNCTION g.add(boolean, text, text, text, text, jsonb) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE AGGREGATE g.total (text, text, text, text, jsonb) (SFUNC = g.add, STYPE = boolean);
CREATE FUNCTION pg_temp.passing(text, text, text, text, jsonb) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE FUNCTION pg_temp.machine(p_guard text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('initial', 'a', 'states', '{"a": {}, "b": {"terminal": true}}'::jsonb,
                              'transitions', jsonb_build_array(jsonb_build_object('from', 'a', 'to', 'b', 'guard', p_guard)))$$;

SELECT throws_ok($$SELECT domainflow.define_state_machine('gd', pg_temp.machine('g.boom'))$$, 'DF201', NULL, 'a guard in a schema that domainflow_guard may not use');
GRANT USAGE ON SCHEMA g TO domainflow_guard;
REVOKE EXECUTE ON FUNCTION g.boom FROM PUBLIC;
SELECT throws_ok($$SELECT domainflow.define_state_machine('gd', pg_temp.machine('g.boom'))$$, 'DF201', NULL, 'a guard that it may not execute');
GRANT EXECUTE ON FUNCTION g.boom TO domainflow_guard;
SELECT is(domainflow.define_state_machine('gd', pg_temp.machine('g.boom')), 1, 'a guard that it may call');
SELECT throws_ok(format('SELECT domainflow.define_state_machine(''x'', pg_temp.machine(%L))', name), 'DF201', NULL, 'no guard: ' || name)
  FROM unnest(ARRAY['boom', 'g.boom(1)', '', 'g.', 'x.y.z', 'g.none', repeat('q', 5000), 'public.boom', 'g.boom.x', 'g.one',
                    'g.number', 'g.many', 'g.total', (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = pg_my_temp_schema()) || '.passing']) AS t (name);
-- What there is under that name helps who mistyped a schema, a type or a volatility: the first three, of one schema if one was given.
CREATE FUNCTION pg_temp.there_is(p_guard text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_detail text;
BEGIN
    PERFORM domainflow._resolve_guard(p_guard);
EXCEPTION WHEN SQLSTATE 'DF201' THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RETURN substring(v_detail FROM 'There is: (.*)');
END $$;
CREATE SCHEMA gd; CREATE SCHEMA gc; CREATE SCHEMA gb; CREATE SCHEMA ga;
CREATE FUNCTION gd.near() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION gc.near() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION gb.near() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION ga.near() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
SELECT is(pg_temp.there_is('near'), 'ga.near() returns integer, IMMUTABLE; gb.near() returns integer, IMMUTABLE; gc.near() returns integer, IMMUTABLE', 'the first three of that name');
SELECT is(pg_temp.there_is('gd.near'), 'gd.near() returns integer, IMMUTABLE', 'of the schema that was given');
SELECT is(pg_temp.there_is('nowhere.near'), NULL, 'of no other schema');
SELECT is(pg_temp.there_is('gd.near.near'), NULL, 'of none for three names');
SELECT results_eq('SELECT * FROM domainflow._resolve_guard(NULL)', 'VALUES (NULL::text, false)', 'no name, no guard, and no reason');

SELECT ok(bool_and((domainflow.create_state_instance('gd', id)).success), 'entities')
  FROM unnest(ARRAY['ok1', 'bad', 'ok2', 'odd', 'zero', 'claim', 'lost', 'lock', 'full', 'stop', 'last']) AS t (id);
SELECT results_eq($$SELECT success, error_code, error_message FROM domainflow.transition_state('gd', 'bad', 'b')$$,
                  $$VALUES (false, 'BIZ_GUARD_REJECTED', 'guard g.boom failed: guard broke (P0001)')$$, 'a guard that raises refuses, with its reason');
SELECT is((domainflow.transition_state('gd', id, 'b')).error_code, 'BIZ_GUARD_REJECTED', 'a refusal: ' || id) FROM unnest(ARRAY['zero', 'claim']) AS t (id);
SELECT ok(length(message) < 300 AND message !~ '[[:cntrl:]]', 'a reason is short and has no control characters')
  FROM CAST((domainflow.transition_state('gd', 'odd', 'b')).error_message AS text) AS message;
SELECT throws_ok(format('SELECT domainflow.transition_state(''gd'', %L, ''b'')', id), code, NULL, 'not an answer: ' || code)
  FROM (VALUES ('lost', '40001'), ('lock', '55P03'), ('full', '53100')) AS t (id, code);
CREATE FUNCTION pg_temp.stopped() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN PERFORM domainflow.transition_state('gd', 'stop', 'b'); RETURN false; EXCEPTION WHEN query_canceled THEN RETURN true; END $$;
SELECT ok(pg_temp.stopped(), 'not an answer: a cancelled statement');
SELECT results_eq($$SELECT success FROM domainflow.transition_states('gd', '{ok1,bad,ok2}', '{b,b,b}')$$, ARRAY[true, false, true],
                  'a guard that raises does not end a batch');
DROP FUNCTION g.boom;
SELECT is((domainflow.transition_state('gd', 'last', 'b')).error_message, 'guard g.boom failed: the function does not exist', 'a guard that is gone refuses');
CREATE FUNCTION g.boom(varchar, varchar, varchar, varchar, jsonb) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
SELECT is((domainflow.validate_transition('gd', 'last', 'b')).error_code, 'BIZ_GUARD_REJECTED', 'and no overload takes its place');

SELECT is(domainflow.define_state_machine('gd', pg_temp.machine('g.reads')), 2, 'a guard that reads');
SELECT is((domainflow.transition_state('gd', 'last', 'b')).error_message, 'guard g.reads failed: permission denied for table payment (42501)',
          'an invoker guard has no rights');
ALTER FUNCTION g.reads SECURITY DEFINER;
SELECT is((domainflow.transition_state('gd', 'last', 'b')).error_message, 'not paid', 'a definer guard has those of its owner');
INSERT INTO g.payment VALUES ('last');
SELECT is((domainflow.transition_state('gd', 'last', 'b')).success, true, 'and allows');
SELECT is(domainflow.define_state_machine('wh', pg_temp.machine('g.who')), 1, 'a guard that says who runs it');
SELECT ok((domainflow.create_state_instance('wh', '1')).success, 'an entity of it');
SELECT is((domainflow.validate_transition('wh', '1', 'b')).error_message, 'domainflow_guard', 'domainflow_guard runs it');
SELECT is(domainflow.define_state_machine('wh', pg_temp.machine('g.path')), 2, 'a guard that says its search_path');
SET LOCAL search_path = g, public;
SELECT is((domainflow.validate_transition('wh', '1', 'b')).error_message, 'pg_catalog, pg_temp', 'which is not the caller''s');
RESET search_path;

CREATE FUNCTION pg_temp.try(p_sql text) RETURNS text LANGUAGE plpgsql AS $$BEGIN EXECUTE p_sql; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate; END$$;
SET LOCAL ROLE domainflow_app;
SELECT pg_temp.try($$INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state) VALUES ('wh', '1', 2, 'a', 'b')$$) AS event,
       pg_temp.try($$UPDATE domainflow.state_instance SET state = 'b' WHERE machine = 'wh'$$) AS instance,
       pg_temp.try($$INSERT INTO domainflow.state_instance VALUES ('wh', '2', 'b', 1)$$) AS insert,
       pg_temp.try($$SELECT domainflow._call_guard('g.who', '', '', '', '', NULL)$$) AS guard,
       pg_temp.try($$SELECT domainflow.define_state_machine('wh', '{}')$$) AS define \gset try_
RESET ROLE;
SELECT is(:'try_event'::text, '42501', 'the application writes no events');
SELECT is(:'try_instance'::text, '42501', 'and no states');
SELECT is(:'try_insert'::text, '42501', 'nor new ones');
SELECT is(:'try_guard'::text, '42501', 'and calls no guards');
SELECT is(:'try_define'::text, '42501', 'and defines no machines');
-- A STRICT function is not run when an argument is null; that must not read as "allowed".
RESET ROLE;
CREATE FUNCTION g.never(text, text, text, text, jsonb) RETURNS text LANGUAGE sql STABLE STRICT AS $$SELECT 'never'$$;
CREATE FUNCTION g.always(text, text, text, text, jsonb) RETURNS text LANGUAGE sql STABLE STRICT AS 'SELECT NULL::text';
SELECT is(domainflow.define_state_machine('strict', pg_temp.machine('g.never')), 1, 'a guard that is STRICT');
SELECT ok(bool_and((domainflow.create_state_instance('strict', id)).success), 'entities') FROM unnest(ARRAY['1', '2']) AS t (id);
SELECT results_eq($$SELECT success, error_code FROM domainflow.transition_state('strict', '1', 'b')$$, $$VALUES (false, 'BIZ_GUARD_REJECTED')$$,
                  'refuses when it was not run');
SELECT is((domainflow.validate_transition('strict', '1', 'b')).error_code, 'BIZ_GUARD_REJECTED', 'and says so before');
SELECT is_empty($$SELECT FROM domainflow.transition_states('strict', '{1,2}', '{b,b}') WHERE success$$, 'and in a batch');
SELECT is((domainflow.transition_state('strict', '1', 'b', p_context => '{}')).error_message, 'never', 'with a context it is asked');
SELECT is(domainflow.define_state_machine('strict', pg_temp.machine('g.always')), 2, 'another');
SELECT ok((domainflow.transition_state('strict', '1', 'b', p_context => '{}')).success, 'which allows the transition when it is asked');
-- What a guard sets is undone, an error that it raises is no answer whatever its code, and another owner's rights are not a guard's.
CREATE FUNCTION g.sets(text, text, text, text, p_context jsonb) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('guard.left', 'behind', false);
    IF p_context ? 'raise' THEN
        RAISE EXCEPTION 'not an answer' USING ERRCODE = 'DF000';
    END IF;
    RETURN true;
END $$;
SELECT is(domainflow.define_state_machine('sets', pg_temp.machine('g.sets')), 1, 'a guard that sets something');
SELECT ok((domainflow.create_state_instance('sets', '1')).success, 'an entity of it');
SELECT is((domainflow.transition_state('sets', '1', 'b', p_context => '{"raise": 1}')).error_message, 'guard g.sets failed: not an answer (DF000)',
          'what it raises is a failure, whatever its code');
ALTER FUNCTION domainflow._call_guard OWNER TO CURRENT_USER;
SELECT matches((domainflow.transition_state('sets', '1', 'b', p_context => '{}')).error_message,
               '^guard g[.]sets failed: domainflow[.]_call_guard belongs to .* instead of domainflow_guard', 'no guard runs as another role');
ALTER FUNCTION domainflow._call_guard OWNER TO domainflow_guard;
SELECT ok((domainflow.transition_state('sets', '1', 'b', p_context => '{}')).success, 'it allows the transition');
SELECT is(NULLIF(current_setting('guard.left', true), ''), NULL, 'and what it set is undone');
-- The most common slip, VOLATILE by default, is named.
CREATE FUNCTION g.unmarked(text, text, text, text, jsonb) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION pg_temp.detail(p_guard text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_detail text;
BEGIN
    PERFORM domainflow.define_state_machine('slip', pg_temp.machine(p_guard));
    RETURN NULL;
EXCEPTION WHEN SQLSTATE 'DF201' THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RETURN v_detail;
END $$;
SELECT matches(pg_temp.detail(name), 'There is: g[.]unmarked[(]text, text, text, text, jsonb[)] returns boolean, VOLATILE$', 'what there is: ' || name)
  FROM unnest(ARRAY['g.unmarked', 'unmarked']) AS t (name);
SELECT matches(pg_temp.detail('g.none'), 'returns boolean or text[.]$', 'and nothing where there is nothing');

SELECT * FROM finish();
ROLLBACK;
