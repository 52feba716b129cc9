-- What a deployer hands to audit_table() is its own, names are names, and the function that is made says nothing about another table than it fires on.
BEGIN;
SELECT plan(8);
CREATE FUNCTION pg_temp.tries(p_sql text) RETURNS text LANGUAGE plpgsql AS
$$BEGIN EXECUTE p_sql; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate; END$$;
CREATE TABLE climate.victim (id int PRIMARY KEY, secret text);
INSERT INTO climate.victim VALUES (1, 'kept');
SET LOCAL SESSION AUTHORIZATION climate_owner;
SELECT is_empty($$SELECT t FROM unnest(ARRAY['climate.victim', 'pg_catalog.pg_authid', 'domainflow.job', 'domainflow.row_change', 'public.sample_audited']) AS t
                   WHERE pg_temp.tries(format('SELECT domainflow.audit_table(%L)', t)) !~ '^(DF|42)'$$, 'no table of somebody else, nor ours');
SELECT matches(pg_temp.tries('SELECT domainflow.unaudit_table(''public.sample_audited'')'), '^(DF|42)', 'and none is taken away');
CREATE TABLE climate."a; DROP TABLE climate.victim; --" ("id'; DROP" int PRIMARY KEY, "v""; SELECT" text, "$source$" text, "%1$s" text);
SELECT is(pg_temp.tries($q$SELECT domainflow.audit_table('climate."a; DROP TABLE climate.victim; --"', ARRAY['$source$', '%1$s'], ARRAY['v"; SELECT'])$q$), 'done', 'names with everything in them');
SELECT is(pg_temp.tries($q$INSERT INTO climate."a; DROP TABLE climate.victim; --" VALUES (1, 'sesame', 'x', 'y')$q$), 'done', 'are recorded');
-- The trigger function of another's table, on a table of one's own that looks like it.
CREATE TABLE climate.sample_audited (id integer PRIMARY KEY, name text, secret text);
DO $$
DECLARE v_function text;
BEGIN
    FOR v_function IN SELECT f.oid::regprocedure::text FROM pg_proc AS f WHERE f.pronamespace = 'domainflow_generated'::regnamespace AND f.proname ^@ 'audit_public_sample_audited' LOOP
        EXECUTE format('CREATE TRIGGER fake AFTER INSERT ON climate.sample_audited FOR EACH ROW EXECUTE FUNCTION %s', v_function);
    END LOOP;
END $$;
INSERT INTO climate.sample_audited VALUES (666, 'forged', 'sesame');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT secret FROM climate.victim), 'kept', 'nothing was run');
SELECT is_empty($$SELECT * FROM domainflow.row_change WHERE schema_name = 'public' AND new ->> 'name' = 'forged'$$, 'nothing is said about another table');
SELECT is_empty($$SELECT * FROM domainflow.row_change AS r WHERE r::text LIKE '%sesame%'$$, 'no redacted value is there');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'domainflow_generated'::regnamespace AND p.proname ^@ 'audit_' AND p.proowner <> 'domainflow_definer'::regrole$$,
                'the functions are ours');
SELECT * FROM finish();
ROLLBACK;
