-- A guard is a deployer's code: it runs with no rights of ours, whoever moves the state, and what it tries fails alone.
BEGIN;
SELECT plan(7);
CREATE SCHEMA attack AUTHORIZATION climate_owner;
GRANT USAGE ON SCHEMA attack TO PUBLIC;
SET LOCAL SESSION AUTHORIZATION climate_owner;
-- It says what it did: the rows that it writes are undone.
CREATE FUNCTION attack.tries() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_sql text;
    v_done text := '';
BEGIN
    FOREACH v_sql IN ARRAY ARRAY['ALTER ROLE climate_owner SUPERUSER', 'GRANT domainflow_definer TO climate_owner', 'SET ROLE domainflow_definer', 'RESET ROLE',
                                 'SET SESSION AUTHORIZATION postgres', 'INSERT INTO domainflow.state_event DEFAULT VALUES', 'DELETE FROM domainflow.job',
                                 'SELECT count(*) FROM domainflow.audit_log', 'CREATE FUNCTION domainflow.attack() RETURNS int LANGUAGE sql AS ''SELECT 1''',
                                 'SELECT domainflow.set_retention(''audit_log'', interval ''3 months'')'] LOOP
        BEGIN
            EXECUTE v_sql;
            v_done := v_done || ', ' || v_sql;
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;
    -- What the session of whoever moves the state would go on with.
    PERFORM set_config('search_path', 'attack, pg_catalog', false), set_config('standard_conforming_strings', 'off', false),
            set_config('statement_timeout', '1ms', false), set_config('attack.ran', current_user, false);
    CREATE TEMP TABLE IF NOT EXISTS account (id int);
    RETURN current_user || v_done;
END $$;
-- A guard is STABLE, but what it calls need not be.
CREATE FUNCTION attack.guard(text, text, text, text, jsonb) RETURNS text LANGUAGE sql STABLE AS 'SELECT attack.tries()';
SELECT domainflow.define_state_machine('attack', '{"initial": "a", "states": {"a": {}, "b": {"terminal": true}},
    "transitions": [{"from": "a", "to": "b", "guard": "attack.guard"}]}') IS NOT NULL AS defined \gset
RESET SESSION AUTHORIZATION;
SET LOCAL SESSION AUTHORIZATION climate_app;
SELECT success AS made FROM domainflow.create_state_instance('attack', '1') \gset
SELECT current_setting('search_path') AS path \gset
SELECT success AS moved, error_message AS message FROM domainflow.transition_state('attack', '1', 'b') \gset
SELECT current_setting('search_path') || current_setting('standard_conforming_strings') || current_setting('statement_timeout')
           || COALESCE(current_setting('attack.ran', true), '') || COALESCE(to_regclass('pg_temp.account')::text, '') AS left_behind \gset
RESET SESSION AUTHORIZATION;
SELECT is(:'left_behind', :'path' || 'on0', 'the session of whoever moved the state is as it was');
SELECT ok(:'made'::boolean, 'an instance is made');
SELECT matches(:'message'::text, 'domainflow_guard$', 'it ran as the role without rights, and nothing that it tried was done');
SELECT is((SELECT rolsuper FROM pg_roles WHERE rolname = 'climate_owner'), false, 'no superuser');
-- A restore by a role that is no superuser cannot give the function to its owner.
ALTER FUNCTION domainflow._call_guard OWNER TO CURRENT_USER;
SET LOCAL SESSION AUTHORIZATION climate_app;
SELECT error_message AS message FROM domainflow.transition_state('attack', '1', 'b') \gset
RESET SESSION AUTHORIZATION;
SELECT matches(:'message'::text, 'instead of domainflow_guard', 'nor does it run as whoever restored a dump');
SELECT is_empty($$SELECT FROM pg_auth_members WHERE roleid = 'domainflow_definer'::regrole AND member = 'climate_owner'::regrole$$, 'no member');
SELECT is(current_user, session_user, 'the session is who it was');
SELECT * FROM finish();
ROLLBACK;
