-- A guard is a deployer's code: it runs with no rights of ours, whoever moves the state, and what it tries fails alone.
BEGIN;
SELECT plan(6);
CREATE SCHEMA attack AUTHORIZATION climate_owner;
GRANT USAGE ON SCHEMA attack TO PUBLIC;
SET LOCAL SESSION AUTHORIZATION climate_owner;
CREATE TABLE attack.seen (who text, what text);
GRANT INSERT ON attack.seen TO PUBLIC;
CREATE FUNCTION attack.tries() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_sql text;
BEGIN
    FOREACH v_sql IN ARRAY ARRAY['ALTER ROLE climate_owner SUPERUSER', 'GRANT domainflow_definer TO climate_owner', 'SET ROLE domainflow_definer', 'RESET ROLE',
                                 'SET SESSION AUTHORIZATION postgres', 'INSERT INTO domainflow.state_event DEFAULT VALUES', 'DELETE FROM domainflow.job',
                                 'SELECT count(*) FROM domainflow.audit_log', 'CREATE FUNCTION domainflow.attack() RETURNS int LANGUAGE sql AS ''SELECT 1''',
                                 'SELECT domainflow.set_retention(''audit_log'', interval ''3 months'')'] LOOP
        BEGIN
            EXECUTE v_sql;
            INSERT INTO attack.seen VALUES (current_user, v_sql);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;
    INSERT INTO attack.seen VALUES (current_user, 'ran');
    RETURN true;
END $$;
-- A guard is STABLE, but what it calls need not be.
CREATE FUNCTION attack.guard(text, text, text, text, jsonb) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT attack.tries()';
SELECT domainflow.define_state_machine('attack', '{"initial": "a", "states": {"a": {}, "b": {"terminal": true}},
    "transitions": [{"from": "a", "to": "b", "guard": "attack.guard"}]}') IS NOT NULL AS defined \gset
RESET SESSION AUTHORIZATION;
SET LOCAL SESSION AUTHORIZATION climate_app;
SELECT success AS made FROM domainflow.create_state_instance('attack', '1') \gset
SELECT success AS moved, error_code FROM domainflow.transition_state('attack', '1', 'b') \gset
RESET SESSION AUTHORIZATION;
SELECT ok(:'made'::boolean, 'an instance is made');
SELECT is_empty($$SELECT * FROM attack.seen WHERE what <> 'ran' AND what <> 'RESET ROLE'$$, 'nothing that the guard tried was done');
SELECT is_empty($$SELECT * FROM attack.seen WHERE who NOT IN ('domainflow_guard', 'climate_app')$$, 'it ran as nobody who owns anything');
SELECT is((SELECT rolsuper FROM pg_roles WHERE rolname = 'climate_owner'), false, 'no superuser');
SELECT is_empty($$SELECT FROM pg_auth_members WHERE roleid = 'domainflow_definer'::regrole AND member = 'climate_owner'::regrole$$, 'no member');
SELECT is(current_user, session_user, 'the session is who it was');
SELECT * FROM finish();
ROLLBACK;
