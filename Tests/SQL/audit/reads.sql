-- Reading functions for auditors: what they answer, that each read leaves a row, and what they refuse.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SET LOCAL search_path = public;
SET LOCAL timezone = 'UTC';
SELECT plan(72);
CREATE ROLE zz_auditor;
GRANT domainflow_auditor TO zz_auditor;
CREATE TABLE zz_account (id integer PRIMARY KEY, name text);
SELECT domainflow.audit_table('zz_account') \g /dev/null
SET LOCAL domainflow.correlation_id = 'zz request';
SET LOCAL domainflow.actor = 'ada';
INSERT INTO zz_account VALUES (1, 'a'), (2, 'b');
UPDATE zz_account SET id = 3 WHERE id = 2;
UPDATE zz_account SET name = 'c' WHERE id = 3;
SELECT domainflow.log_authorization_decision('ada', 'account', '1', 'edit', 'allow', '{editors,owners}') \g /dev/null
SELECT domainflow.log_authorization_decision('ben', 'account', '1', 'edit', 'deny') \g /dev/null
SELECT domainflow.record_transaction_metric('zz operation', NULL, 1, true) \g /dev/null
SELECT domainflow.create_queue('zz') \g /dev/null
SELECT domainflow.enqueue_job('zz', 'k') \g /dev/null
RESET domainflow.correlation_id;
CREATE TEMPORARY TABLE before AS SELECT max(id) AS id FROM domainflow.row_change;
GRANT SELECT ON before TO zz_auditor;
CREATE FUNCTION pg_temp.code(p_call text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT * FROM domainflow.' || p_call; RETURN 'fine'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;

-- Changes of rows.
SET LOCAL ROLE zz_auditor;
SELECT is((SELECT string_agg(operation || COALESCE(key ->> 'id', ''), ' ' ORDER BY id) FROM domainflow.get_row_changes('public.zz_account')), 'AUDIT INSERT1 INSERT2 UPDATE2 UPDATE3', 'the changes of a table');
SELECT is((SELECT string_agg(operation, ' ') FROM domainflow.get_row_changes('public.zz_account', '{"id": 3}')), 'UPDATE UPDATE', 'of a row, from when it came by its key; newest first');
SELECT is((SELECT string_agg(operation, ' ') FROM domainflow.get_row_changes('public.zz_account', '{"id": 2}')), 'UPDATE INSERT', 'and until it lost it');
SELECT is((SELECT count(*) FROM domainflow.get_row_changes(p_actor => 'ada', p_correlation_id => 'zz request')), 4::bigint, 'by actor and correlation id');
SELECT is((SELECT count(*) FROM domainflow.get_row_changes('public.zz_account', p_limit => 2)), 2::bigint, 'at most');
SELECT is_empty($$SELECT * FROM domainflow.get_row_changes('public.none')$$, 'nothing about another table');
SELECT is(pg_temp.code(c), e, c) FROM (VALUES
    ('get_row_changes(''zz_account'')', 'DF201'), ('get_row_changes(''a.b.c'')', 'DF201'), ('get_row_changes(''a.'')', 'DF201'), ('get_row_changes('''')', 'DF201'), ('get_row_changes(p_key => ''{}'')', 'DF201'), ('get_row_changes(p_limit => 0)', 'DF204'),
    ('get_row_changes(p_hours_back => ''NaN'')', 'DF204'), ('get_row_changes(p_hours_back => NULL)', 'DF204'), ('get_row_changes(p_purpose => repeat(''x'', 1000))', 'fine'),
    ('get_row_changes(p_purpose => repeat(''x'', 1001))', 'DF204'), ('get_row_changes(''"a"."b c"'')', 'fine')) AS v (c, e);
RESET ROLE;

-- Each read leaves a row.
CREATE FUNCTION pg_temp.reads() RETURNS SETOF text LANGUAGE sql AS $$
    WITH done AS (SELECT r.* FROM domainflow.audit_read AS r WHERE r.id > (SELECT id FROM before)), seen AS (UPDATE before SET id = (SELECT max(id) FROM domainflow.audit_read))
    SELECT format('%s for %s by %s: %s', d.function_name, d.purpose, d.effective_role, d.arguments) FROM done AS d ORDER BY d.id
$$;
SELECT pg_temp.reads() \g /dev/null
SET LOCAL ROLE zz_auditor;
SELECT * FROM domainflow.get_row_changes('public.zz_account', p_limit => 1, p_purpose => 'case 7') \g /dev/null
SELECT * FROM domainflow.get_authorization_decisions('ada', p_purpose => 'case 8') \g /dev/null
SET LOCAL domainflow.purpose = 'case 9';
SELECT * FROM domainflow.trail('zz request') \g /dev/null
SELECT * FROM domainflow.suspicious_access() \g /dev/null
RESET ROLE;
SELECT results_eq('SELECT pg_temp.reads()', $$VALUES
    ('get_row_changes for case 7 by zz_auditor: {"limit": 1, "table": "public.zz_account", "hours_back": 24}'),
    ('get_authorization_decisions for case 8 by zz_auditor: {"limit": 100, "user_id": "ada", "hours_back": 24}'),
    ('trail for case 9 by zz_auditor: {"limit": 1000, "correlation_id": "zz request"}'),
    ('suspicious_access for case 9 by zz_auditor: {"spike": 10, "denials": 3, "resources": 50, "hours_back": 24}')$$, 'who, what, and what for');
SELECT throws_ok(s, 'DF705', NULL, s) FROM unnest(ARRAY['UPDATE domainflow.audit_read SET purpose = ''b''', 'DELETE FROM domainflow.audit_read', 'TRUNCATE domainflow.audit_read']) AS s;
SET LOCAL ROLE zz_auditor;
SELECT throws_ok('INSERT INTO domainflow.audit_read (function_name, arguments) VALUES (''a'', ''{}'')', '42501', NULL, 'an auditor writes no reads');
SELECT lives_ok('SELECT * FROM domainflow.audit_read', 'but sees them');
SELECT throws_ok('SELECT * FROM domainflow.row_change', '42501', NULL, 'changes are read by functions only');
RESET ROLE;

-- The trail.
SELECT is((SELECT string_agg(DISTINCT table_name, ' ' ORDER BY table_name) FROM domainflow.trail('zz request')), 'audit_log job row_change transaction_metric', 'all rooms');
SELECT is((SELECT array_agg(happened_at) FROM domainflow.trail('zz request')), (SELECT array_agg(happened_at ORDER BY happened_at) FROM domainflow.trail('zz request')), 'in order');
SELECT is((SELECT string_agg(DISTINCT transaction_id::text, ' ') FROM domainflow.trail('zz request') WHERE table_name <> 'job'), pg_current_xact_id()::text, 'with their transaction');
SELECT is((SELECT count(*) FROM domainflow.trail('zz request', 3)), 3::bigint, 'at most');
SELECT is_empty($$SELECT * FROM domainflow.trail('none')$$, 'nothing under another id');
SELECT is(pg_temp.code(c), e, c) FROM (VALUES ('trail(NULL)', 'DF202'), ('trail('''')', 'DF202'), ('trail(''a'', 0)', 'DF204'), ('trail(''a'', NULL)', 'DF204')) AS v (c, e);
SELECT is_empty($$SELECT a.attrelid::regclass FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
                   WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attname = 'correlation_id'
                     AND c.relname::text NOT IN (SELECT t.table_name FROM domainflow._correlated_tables() AS t)$$, 'no table is forgotten');
SELECT is_empty($$SELECT t.table_name, t.time_column FROM domainflow._correlated_tables() AS t WHERE t.time_column::text !~ '^(decided|changed|read|recorded|occurred|created|finished|allocated|generated)_at$'$$, 'each with the time of its writing');

-- Suspicions.
INSERT INTO domainflow.audit_log (id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context, effective_role, application_name)
SELECT gen_random_uuid(), d.at, d.who, 'zz', d.what, d.action, d.decision, '{}', '{}', '{}', 'x', 'x'
  FROM (SELECT now() - interval '3 hours' + g * interval '1 ms' AS at, 'spike' AS who, '1' AS what, 'read' AS action, 'allow' AS decision FROM generate_series(1, 120) AS g
        UNION ALL SELECT now() - interval '3 hours' + g * interval '1 ms', 'busy', '1', 'read', 'allow' FROM generate_series(1, 120) AS g
        UNION ALL SELECT now() - interval '30 hours' - g * interval '2 minutes', 'busy', '1', 'read', 'allow' FROM generate_series(1, 4000) AS g
        UNION ALL SELECT date_trunc('hour', now() - interval '4 hours') + interval '8 minutes' + g * interval '4 s', 'sweep', g::text, 'read', 'allow' FROM generate_series(1, 60) AS g
        UNION ALL SELECT now() - interval '4 hours' + g * interval '60 s', 'reader', (g % 40)::text, 'read', 'allow' FROM generate_series(1, 90) AS g
        UNION ALL SELECT now() - interval '2 hours' + g * interval '1 minute', 'insistent', '9', 'drop', CASE WHEN g < 4 THEN 'deny' ELSE 'allow' END FROM generate_series(1, 6) AS g
        UNION ALL SELECT now() - interval '2 hours' + g * interval '1 minute', 'clumsy', '9', 'drop', CASE WHEN g < 3 THEN 'deny' ELSE 'allow' END FROM generate_series(1, 6) AS g) AS d;
SELECT results_eq($$SELECT pattern, user_id, decisions FROM domainflow.suspicious_access() WHERE user_id IN ('spike', 'busy', 'sweep', 'reader', 'insistent', 'clumsy') ORDER BY 1, 2$$,
    $$VALUES ('denied then allowed', 'insistent', 4::bigint), ('spike', 'spike', 120), ('sweep', 'sweep', 60)$$, 'spikes, sweeps, and refusals that became permissions');
SELECT is((SELECT evidence - 'allowed' FROM domainflow.suspicious_access() WHERE user_id = 'insistent'),
          '{"action": "drop", "denials": 3, "policies": [], "resource_id": "9", "resource_type": "zz"}', 'with what was seen');
SELECT is((SELECT count(*) FROM domainflow.suspicious_access(p_denials => 2) WHERE user_id = 'clumsy'), 1::bigint, 'two refusals, if asked');
SELECT is((SELECT count(*) FROM domainflow.suspicious_access(p_resources => 10) WHERE user_id = 'reader'), 1::bigint, 'ten resources, if asked');
SELECT is((SELECT count(*) FROM domainflow.suspicious_access(1) WHERE user_id IN ('spike', 'sweep', 'insistent')), 0::bigint, 'of the hours asked for');
SELECT is(pg_temp.code(format('suspicious_access(%s)', c)), 'DF204', c) FROM unnest(ARRAY['0', 'NULL', '1, 0', '1, ''NaN''', '1, NULL', '1, 2, 1', '1, 2, NULL', '1, 2, 2, 0', '1, 2, 2, NULL']) AS c;

-- The export: own rows are running, so the window is made by hand.
SELECT is((SELECT count(*) FROM domainflow.export_audit() WHERE event -> 'unmapped' ->> 'transaction_id' = pg_current_xact_id()::text), 0::bigint, 'what is not committed is not exported');
CREATE TEMPORARY TABLE event AS
SELECT e.*, domainflow._ocsf_event(e.kind, e.happened_at, e.detail) AS ocsf
  FROM domainflow._audit_events(NULL, format('%s:%1$s:', (pg_current_xact_id()::text::bigint + 1))::pg_snapshot, NULL, NULL, now(), 10000) AS e;
SELECT is((SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM event), 'change decision read', 'decisions, changes and reads');
SELECT is((SELECT array_agg(place) FROM (SELECT place FROM domainflow._audit_events(NULL, format('%s:%1$s:', (pg_current_xact_id()::text::bigint + 1))::pg_snapshot, pg_current_xact_id(), e.place, now(), 1)
           AS n) AS next), (SELECT array_agg(f.place) FROM (SELECT f.place FROM event AS f ORDER BY f.transaction_id, split_part(f.place, '.', 1)::int, CASE WHEN f.kind <> 'decision' THEN split_part(f.place, '.', 2)::bigint END, f.place OFFSET e.n LIMIT 1) AS f), 'after ' || e.kind)
  FROM (SELECT *, row_number() OVER (ORDER BY transaction_id, split_part(place, '.', 1)::int, CASE WHEN kind <> 'decision' THEN split_part(place, '.', 2)::bigint END, place) AS n FROM event) AS e
 WHERE e.n IN (1, (SELECT count(*) FROM event WHERE kind = 'decision'), (SELECT count(*) FROM event WHERE kind <> 'read'), (SELECT count(*) FROM event)) ORDER BY e.n;
SELECT is(ocsf - 'unmapped' - 'time' - 'metadata' #- '{actor,session}',
    '{"api": {"operation": "edit"}, "class_uid": 6003, "category_uid": 6, "activity_id": 99, "type_uid": 600399, "severity_id": 1, "status_id": 1, "src_endpoint": {"name": "app"},
      "actor": {"user": {"name": "ada"}, "authorizations": [{"decision": "allow", "policy": {"name": "editors"}}, {"decision": "allow", "policy": {"name": "owners"}}]},
      "resources": [{"type": "account", "uid": "1"}]}'::jsonb || jsonb_build_object('src_endpoint', jsonb_build_object('name', current_setting('application_name'))), 'a decision')
  FROM event WHERE detail ->> 'user_id' = 'ada' AND detail ->> 'action' = 'edit';
SELECT is(ocsf #>> '{status_id}', '2', 'a refusal') FROM event WHERE detail ->> 'user_id' = 'ben';
SELECT is(jsonb_build_array(ocsf -> 'class_uid', ocsf -> 'activity_id', ocsf -> 'table', ocsf #> '{actor,user}', ocsf -> 'metadata' -> 'correlation_uid', ocsf -> 'unmapped' -> 'new'),
          '[6005, 2, {"name": "public.zz_account"}, {"name": "ada"}, "zz request", {"name": "c"}]', 'a change') FROM event WHERE detail -> 'new' = '{"name": "c"}';
SELECT is((ocsf ->> 'time')::bigint, floor(extract(epoch FROM happened_at) * 1000)::bigint, 'its time in ms') FROM event WHERE detail -> 'new' = '{"name": "c"}';
SELECT is(pg_temp.code(format('export_audit(%s)', c)), e, c) FROM (VALUES ('p_limit => 0', 'DF204'), ('p_limit => 10001', 'DF204'), ('p_limit => NULL', 'DF204'), ('''x''', 'DF201'), ('''1/a/b/c/d/e''', 'DF201'),
    (quote_literal(domainflow._snapshot_cursor('1.1', '1:1:', '1:1:', '1', '1.a')), 'DF201'),
    (quote_literal(domainflow._snapshot_cursor(domainflow._snapshot_era(), '1:1:', '1:99999999999:', '1', '2.1')), 'DF201'),
    (quote_literal(domainflow._snapshot_cursor(domainflow._snapshot_era(), '1:1:', '1:1:', '1', '2.1')), 'fine')) AS v (c, e);
SELECT ok(NOT pg_visible_in_snapshot(pg_current_xact_id(), domainflow._settled_snapshot()), 'one''s own transaction is not settled');
CREATE FUNCTION pg_temp.code_read_only(p_call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('transaction_read_only', 'on', true);
    EXECUTE 'SELECT * FROM domainflow.' || p_call;
    RETURN 'fine';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
SELECT is(pg_temp.code_read_only(c), 'DF405', c || ' in a read-only transaction') FROM unnest(ARRAY['get_row_changes()', 'get_authorization_decisions()', 'trail(''a'')', 'suspicious_access()']) AS c;
SELECT * FROM finish();
ROLLBACK;
