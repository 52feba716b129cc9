-- Nobody's code runs with the rights of domainflow_definer: triggers, defaults, expression indexes, policies and types of a managed table.
BEGIN;
-- One of the traps is a policy.
SET LOCAL row_security = on;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(12);
CREATE ROLE deployer;
CREATE ROLE client;
GRANT domainflow_owner TO deployer;
GRANT domainflow_app TO client;
CREATE SCHEMA trap AUTHORIZATION deployer;
SET LOCAL ROLE deployer;
CREATE FUNCTION trap.note(p_what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF current_setting('transaction_read_only') = 'off' THEN PERFORM set_config('trap.who', current_setting('trap.who', true) || ' ' || current_user, false); END IF;
    RETURN true;
END $$;
CREATE FUNCTION trap.fire() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM trap.note('trigger'); RETURN NEW; END$$;
CREATE DOMAIN trap.checked AS text CHECK (trap.note(VALUE));
CREATE TABLE trap.item (id trap.checked PRIMARY KEY, v text DEFAULT trap.note('default')::text, t trap.checked);
CREATE INDEX ON trap.item ((trap.note(v)));
CREATE TRIGGER fire BEFORE INSERT OR UPDATE ON trap.item FOR EACH ROW EXECUTE FUNCTION trap.fire();
ALTER TABLE trap.item ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON trap.item USING (trap.note(id));
INSERT INTO trap.item (id) VALUES ('a');
-- Overloads and operators beside those that generated code names.
CREATE FUNCTION trap.jsonb_path_query_array(jsonb, text, text, boolean) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN PERFORM trap.note('x'); RETURN '[]'; END$$;
CREATE FUNCTION trap.same(jsonb, jsonb) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN PERFORM trap.note('x'); RETURN true; END$$;
CREATE OPERATOR trap.= (LEFTARG = jsonb, RIGHTARG = jsonb, FUNCTION = trap.same);
GRANT USAGE ON SCHEMA trap TO domainflow_definer, client;
GRANT SELECT, UPDATE ON trap.item TO client;
SELECT set_config('trap.who', '', false) \gset
SELECT domainflow.manage_entity('trap.item') AS made \gset
SELECT domainflow.rebuild_generated() \gset again_
RESET ROLE;
SELECT is(:'made'::text, 'domainflow_generated.atomic_update_item_state(trap.checked, bigint, jsonb, jsonb)', 'a table full of traps is managed');
SELECT unalike(current_setting('trap.who'), '%domainflow%', 'managing it runs nothing as a role of ours');
SELECT is((SELECT array_agg(DISTINCT pg_get_userbyid(proowner)) FROM pg_proc WHERE pronamespace = 'domainflow_generated'::regnamespace),
          (SELECT ARRAY[pg_get_userbyid(nspowner)] FROM pg_namespace WHERE nspname = 'domainflow_generated'), 'the functions belong to the owner of their schema');
SELECT is((SELECT bool_or(prosecdef) FROM pg_proc WHERE pronamespace = 'domainflow_generated'::regnamespace), false, 'and are invokers');

SET LOCAL ROLE client;
SET LOCAL search_path = trap, pg_catalog;
SELECT set_config('trap.who', '', false) \gset
SELECT success AS one FROM domainflow_generated.atomic_update_item_state('a', 1, '{"v": "x"}', '{}') \gset
SELECT success AS two FROM domainflow_generated.atomic_update_item_state('a', 2, '{"v": "x", "t": "y"}', '{}') \gset
SELECT success AS many FROM domainflow_generated.atomic_update_item_states('{a}', '{3}', ARRAY['{"v": "z"}']::jsonb[], '{}') \gset
SELECT success AS generic FROM domainflow.atomic_update_entity_state('item', 'a', 4, '{"t": "z"}', '{}') \gset
SELECT success AS refused FROM domainflow_generated.atomic_update_item_state('a', 1, '{"v": "x"}', '{}') \gset
RESET ROLE;
RESET search_path;
SELECT ok(:'one' AND :'two' AND :'many' AND :'generic', 'updates under a hostile search_path');
SELECT ok(NOT :'refused', 'and a refused one');
SELECT unalike(current_setting('trap.who'), '%domainflow%', 'run nothing as a role of ours');
SELECT alike(current_setting('trap.who'), '%client%', 'but as the caller');

CREATE ROLE thief;
GRANT domainflow_owner TO thief;
GRANT USAGE ON SCHEMA trap TO thief;
CREATE FUNCTION pg_temp.try(p_sql text) RETURNS text LANGUAGE plpgsql AS $$BEGIN EXECUTE p_sql; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate; END$$;
SET LOCAL ROLE thief;
SELECT pg_temp.try($$SELECT domainflow._remember_entity('trap.item', 'mine', NULL, 'version')$$) AS remember,
       pg_temp.try($$SELECT domainflow._forget_entity('trap.item')$$) AS forget,
       pg_temp.try($$UPDATE domainflow.managed_entity SET table_name = 'x'$$) AS rows,
       pg_temp.try($$DROP FUNCTION domainflow_generated.atomic_update_item_state(trap.checked, bigint, jsonb, jsonb)$$) AS drop \gset try_
RESET ROLE;
SELECT is(:'try_remember'::text, 'DF102', 'another deployer manages no table of somebody else, not past manage_entity either');
SELECT is(:'try_forget'::text, 'DF102', 'nor takes it away');
SELECT is(:'try_rows'::text, '42501', 'nor changes the row');
SELECT is(:'try_drop'::text, '42501', 'nor drops the function');

SELECT * FROM finish();
ROLLBACK;
