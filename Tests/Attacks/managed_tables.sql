-- What a deployer hands to manage_entity() is its own, and names are names: no other's table, no statement in a name.
BEGIN;
SELECT plan(7);
CREATE FUNCTION pg_temp.tries(p_sql text) RETURNS text LANGUAGE plpgsql AS
$$BEGIN EXECUTE p_sql; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate; END$$;
CREATE TABLE climate.victim (id int PRIMARY KEY, secret text, version bigint NOT NULL DEFAULT 1);
INSERT INTO climate.victim VALUES (1, 'kept');
SET LOCAL SESSION AUTHORIZATION climate_owner;
SELECT is_empty($$SELECT t, pg_temp.tries(format('SELECT domainflow.manage_entity(%L)', t))
                    FROM unnest(ARRAY['climate.victim', 'pg_catalog.pg_authid', 'domainflow.job', 'domainflow.audit_log', 'pg_catalog.pg_class']) AS t
                   WHERE pg_temp.tries(format('SELECT domainflow.manage_entity(%L)', t)) !~ '^(DF|42)'$$, 'no table of somebody else');
CREATE TABLE climate."a; DROP TABLE climate.victim; --" ("id'; DROP" int PRIMARY KEY, "v""; SELECT" text, "version $$" bigint NOT NULL DEFAULT 1);
SELECT lives_ok($q$SELECT pg_temp.tries(format('SELECT domainflow.manage_entity(%L, %L, %L, %L)', 'climate."a; DROP TABLE climate.victim; --"', e, k, 'version $$'))
                    FROM (VALUES (NULL, NULL), ('x''; DROP TABLE climate.victim; --', NULL), ('odd', 'id''; DROP'), ('odd', 'id'') ; DROP TABLE climate.victim; --')) AS v (e, k)$q$,
                'names with everything in them');
CREATE TABLE climate.item (id int PRIMARY KEY, v text);
CREATE VIEW climate.looks AS SELECT * FROM climate.item;
SELECT isnt(pg_temp.tries($$SELECT domainflow.manage_entity('climate.looks')$$), 'done', 'a view is no entity');
SELECT is(pg_temp.tries($$SELECT domainflow.manage_entity('climate.item', 'account')$$) ~ '^DF', true, 'another''s entity keeps its name');
SELECT is(pg_temp.tries($$SELECT domainflow.unmanage_entity('public.sample_account')$$) ~ '^(DF|42)', true, 'and is not taken away');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT secret FROM climate.victim), 'kept', 'nothing was run');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'domainflow_generated'::regnamespace
                   AND (p.prosecdef AND p.prorettype <> 'trigger'::regtype OR p.proowner <> 'domainflow_definer'::regrole)$$, 'what was generated runs as its caller');
SELECT * FROM finish();
ROLLBACK;
