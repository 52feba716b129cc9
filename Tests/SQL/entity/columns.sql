-- Which columns an update sets and what it answers: column grants, UPDATE OF triggers, versions that a trigger counts, limits, and what
-- the application may not write around the functions.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(40);
SET LOCAL search_path = public;
CREATE TABLE acct (id bigint PRIMARY KEY, balance numeric NOT NULL, note text, code text UNIQUE, version bigint NOT NULL DEFAULT 1);
INSERT INTO acct SELECT n, 0, 'n' || n, 'c' || n FROM generate_series(1, 5) AS n;
SELECT lives_ok($$SELECT domainflow.manage_entity('acct')$$, 'a table is managed');

CREATE TABLE fired (what text);
CREATE FUNCTION note_fired() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN INSERT INTO public.fired VALUES (tg_name); RETURN NULL; END$$;
PREPARE one AS SELECT success, new_version FROM domainflow_generated.atomic_update_acct_state($1, $2, $3);
PREPARE many AS SELECT success, new_version FROM domainflow_generated.atomic_update_acct_states($1, $2, $3);
SELECT results_eq($$EXECUTE one(1, 1, '{"balance": 1, "note": "x"}')$$, $$VALUES (true, 2::bigint)$$, 'two plain columns');
SELECT results_eq($$EXECUTE one(1, 2, '{"balance": 2, "code": "x"}')$$, $$VALUES (true, 3::bigint)$$, 'a plain and a unique column');
SELECT results_eq('SELECT balance, note, code, version FROM acct WHERE id = 1', $$VALUES (2::numeric, 'x', 'x', 3::bigint)$$, 'they are set');

CREATE TRIGGER on_note AFTER UPDATE OF note ON acct FOR EACH ROW EXECUTE FUNCTION note_fired();
CREATE TRIGGER on_code AFTER UPDATE OF code ON acct FOR EACH ROW EXECUTE FUNCTION note_fired();
SELECT results_eq($$EXECUTE one(1, 3, '{"balance": 3}')$$, $$VALUES (true, 4::bigint)$$, 'one column');
SELECT results_eq($$EXECUTE one(1, 4, '{}')$$, $$VALUES (true, 5::bigint)$$, 'no column');
SELECT is_empty('SELECT FROM fired', 'no trigger of another column fires');
SELECT results_eq($$EXECUTE one(1, 5, '{"balance": 4, "code": "y"}')$$, $$VALUES (true, 6::bigint)$$, 'two columns');
SELECT results_eq('DELETE FROM fired RETURNING what', $$VALUES ('on_code')$$, 'the trigger of a named one fires, and no other');
SELECT results_eq($$EXECUTE many('{3,1,2}', '{1,6,1}', ARRAY['{"balance": 9}', '{"note": "z"}', '{}']::jsonb[])$$,
                  $$VALUES (true, 2::bigint), (true, 7), (true, 2)$$, 'a batch of several sets of columns');
SELECT results_eq('SELECT what FROM fired', $$VALUES ('on_note')$$, 'fires for the row that names the column');
SELECT results_eq('SELECT id, balance, note FROM acct WHERE version IN (2, 7) ORDER BY id',
                  $$VALUES (1::bigint, 4::numeric, 'z'), (2, 0, 'n2'), (3, 9, 'n3')$$, 'each row got what was meant for it');
DROP TRIGGER on_note ON acct;
DROP TRIGGER on_code ON acct;

CREATE ROLE teller;
GRANT domainflow_app TO teller;
GRANT SELECT (id, version), UPDATE (balance, version) ON acct TO teller;
SET LOCAL ROLE teller;
SELECT * FROM domainflow_generated.atomic_update_acct_state(2, 2, '{"balance": 5}', '{"by": 1}') \gset one_
SELECT count(*) FILTER (WHERE success) AS done
  FROM domainflow_generated.atomic_update_acct_states('{2,3}', '{3,2}', ARRAY['{"balance": 6}', '{"balance": 7}']::jsonb[], '{"by": 2}') \gset many_
SELECT * FROM domainflow_generated.atomic_update_acct_state(2, 1, '{"balance": 5}') \gset old_
CREATE FUNCTION pg_temp.try(p_sql text) RETURNS text LANGUAGE plpgsql AS $$BEGIN EXECUTE p_sql; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate; END$$;
SELECT pg_temp.try($$SELECT domainflow_generated.atomic_update_acct_state(2, 4, '{"note": "mine"}')$$) AS note,
       pg_temp.try($$SELECT domainflow_generated.atomic_update_acct_state(2, 4, '{"balance": 1, "note": "mine"}')$$) AS both,
       pg_temp.try($$SELECT domainflow_generated.atomic_update_acct_states('{2}', '{4}', ARRAY['{"note": "mine"}']::jsonb[])$$) AS batch,
       pg_temp.try($$INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context, actor) VALUES ('a', '1', 9, '{}', '{}', 'x')$$) AS actor,
       pg_temp.try($$INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context, recorded_at) VALUES ('a', '1', 9, '{}', '{}', now())$$) AS time,
       pg_temp.try($$INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context, transaction_id) VALUES ('a', '1', 9, '{}', '{}', '3')$$) AS xact,
       pg_temp.try($$INSERT INTO domainflow.entity_event_default (entity, entity_id, version, data, context) VALUES ('a', '1', 9, '{}', '{}')$$) AS part,
       pg_temp.try($$SELECT domainflow._generate_entity('acct')$$) AS internal,
       pg_temp.try($$SELECT domainflow.manage_entity('acct')$$) AS manage,
       pg_temp.try($$CREATE FUNCTION domainflow_generated.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'$$) AS create \gset try_
RESET ROLE;
SELECT is(:one_new_version::bigint, 3::bigint, 'rights on the key, the version and the named column are enough');
SELECT is(:many_done::bigint, 2::bigint, 'in a batch too');
SELECT is(:old_conflict_version::bigint, 4::bigint, 'also for the reason of a conflict');
SELECT is(:'try_note'::text, '42501', 'a column without rights is refused');
SELECT is(:'try_both'::text, '42501', 'together with another one too');
SELECT is(:'try_batch'::text, '42501', 'and in a batch');
SELECT results_eq($$SELECT DISTINCT actor FROM domainflow.entity_event WHERE entity = 'acct'$$, $$VALUES ('teller')$$, 'the events say who called');
SELECT is(:'try_actor'::text, '42501', 'nobody writes an event in the name of another role');
SELECT is(:'try_time'::text, '42501', 'nor at another time');
SELECT is(:'try_xact'::text, '42501', 'nor for another transaction');
SELECT is(:'try_part'::text, '42501', 'nor past the partitioned table');
SELECT is(:'try_internal'::text, '42501', 'internal functions are not for the application');
SELECT is(:'try_manage'::text, '42501', 'nor is deployment');
SELECT is(:'try_create'::text, '42501', 'nobody creates functions beside the generated ones');

CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.version := OLD.version + 10; RETURN NEW; END$$;
CREATE TRIGGER bump BEFORE UPDATE ON acct FOR EACH ROW EXECUTE FUNCTION bump();
SELECT results_eq($$EXECUTE one(4, 1, '{"balance": 1}')$$, $$VALUES (true, 11::bigint)$$, 'a trigger counts the version: the answer is what the row got');
SELECT results_eq($$EXECUTE many('{4,5}', '{11,1}', ARRAY['{"balance": 2}', '{"code": "k"}']::jsonb[])$$, $$VALUES (true, 21::bigint), (true, 11)$$,
                  'in a batch too');
SELECT is((domainflow_generated.atomic_update_acct_state(4, 21, '{"balance": 2, "note": "q"}', '{}')).new_version, 31::bigint, 'with several columns too');
SELECT is((SELECT max(version) FROM domainflow.entity_event WHERE entity_id = '4'), 31::bigint, 'and the event has that version');

SELECT throws_ok($$SELECT domainflow_generated.atomic_update_acct_state(4, 31, jsonb_build_object('note', repeat('x', 17000000)))$$, 'DF204', NULL,
                 'new_data of more than 16 MB');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_acct_state(4, 31, '{}', jsonb_build_object('x', repeat('x', 1100000)))$$, 'DF204', NULL,
                 'a context of more than 1 MB');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_acct_states(array_agg(n), array_agg(n), array_agg('{}'::jsonb)) FROM generate_series(1, 10001) AS n$$,
                 'DF204', NULL, 'more than 10,000 rows');
SELECT throws_ok($$SELECT domainflow.manage_entity('acct', p_version => NULL)$$, 'DF202', NULL, 'no version column');
SELECT throws_ok($$SELECT domainflow.manage_entity('acct', p_key => repeat('k', 64))$$, 'DF204', NULL, 'a name that is too long');
-- A value that comes straight from a table may be stored compressed, and a column of it be small.
CREATE TEMP TABLE large AS SELECT jsonb_build_object('note', repeat('x', 17000000)) AS value;
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_acct_state(4, 31, value) FROM large$$, 'DF204', NULL, 'large data that are stored compressed');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_acct_state(4, 31, '{}', value) FROM large$$, 'DF204', NULL, 'a large context');
SELECT throws_ok($$SELECT domainflow_generated.atomic_update_acct_states('{4}', '{31}', '{"{}"}', value) FROM large$$, 'DF204', NULL, 'and of a batch');
SELECT throws_ok($$SELECT domainflow.unmanage_entity('acct', NULL)$$, 'DF202', NULL, 'a null flag');

CREATE ROLE deployer;
GRANT domainflow_owner TO deployer;
SET LOCAL ROLE deployer;
SELECT throws_ok($$SELECT domainflow.unmanage_entity('acct')$$, 'DF102', NULL, 'a deployer cannot unmanage somebody else''s table');

SELECT * FROM finish();
ROLLBACK;
