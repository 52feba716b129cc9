-- audit_guard_status(): each guard of a log, removed, is named; maintain() opens one alert for it and closes it when it is back.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SET LOCAL search_path = public;
SELECT plan(77);

SELECT domainflow.ensure_partitions(0) \g /dev/null
CREATE TABLE zz_account (id integer PRIMARY KEY, name text);
CREATE TABLE zz_part (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE zz_part_low PARTITION OF zz_part FOR VALUES FROM (0) TO (10);
SELECT domainflow.audit_table('zz_account'), domainflow.audit_table('zz_part') \g /dev/null
SELECT is_empty('SELECT * FROM domainflow.audit_guard_status() WHERE NOT holds', 'all guards hold');
SELECT is_empty($$SELECT c.relname FROM pg_class AS c
                   WHERE c.relnamespace = 'domainflow'::regnamespace AND NOT c.relispartition
                     AND EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgfoid = 'domainflow._refuse_change()'::regprocedure)
                     AND c.relname::text NOT IN (SELECT l.log_name FROM domainflow._audit_logs() AS l)$$, 'no append-only table is forgotten');
SELECT is((SELECT outcome FROM domainflow.maintain('guards')), 'done', 'maintain() looks at them');
SELECT is_empty('SELECT * FROM domainflow.alert_event', 'and has nothing to say');

CREATE FUNCTION pg_temp.month(p_log text) RETURNS text LANGUAGE sql AS $$SELECT format('domainflow.%I', p_log || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM'))$$;
CREATE ROLE zz_writer;
CREATE FUNCTION pg_temp.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
-- The guard that is reported lost, the alerts, and the guards that are left lost when it is all back.
CREATE FUNCTION pg_temp.lost(p_statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_lost text;
    v_alerts text;
BEGIN
    BEGIN
        EXECUTE p_statement;
        SELECT string_agg(DISTINCT s.object || ': ' || s.guard, ', ') INTO v_lost FROM domainflow.audit_guard_status() AS s WHERE NOT s.holds;
        PERFORM domainflow.maintain('guards');
        PERFORM domainflow.maintain('guards');
        SELECT string_agg(substr(a.dedup_key, 14), ', ' ORDER BY a.dedup_key) INTO v_alerts FROM domainflow.alert_event AS a WHERE a.closed_at IS NULL;
        RAISE EXCEPTION USING ERRCODE = 'P0099';
    EXCEPTION WHEN SQLSTATE 'P0099' THEN
        RETURN CASE WHEN v_lost IS NOT DISTINCT FROM v_alerts THEN v_lost ELSE format('%s, but the alerts are %s', v_lost, v_alerts) END;
    END;
END $$;
SELECT is(pg_temp.lost(format(s, 'domainflow.' || log, pg_temp.month(log))), 'domainflow.' || log || ': ' || guard, format('%s: %s', log, s))
  FROM (VALUES ('audit_log', true), ('row_change', true), ('audit_read', true), ('state_event', false)) AS l (log, is_monthly)
 CROSS JOIN (VALUES
    (4, true, 'ALTER TABLE %2$s OWNER TO zz_writer', 'owner'),
    (5, false, 'CREATE RULE zz_rule AS ON INSERT TO %s DO INSTEAD NOTHING', 'no rules'), (6, true, 'CREATE RULE zz_rule AS ON UPDATE TO %2$s DO INSTEAD NOTHING', 'no rules'),
    (7, true, 'CREATE TRIGGER zz_trap BEFORE INSERT ON %2$s FOR EACH ROW EXECUTE FUNCTION pg_temp.trap()', 'no other triggers'),
    (8, false, 'ALTER TABLE %s ENABLE ROW LEVEL SECURITY', 'no row security'), (9, true, 'CREATE POLICY zz_policy ON %2$s USING (false)', 'no row security'),
    (10, false, 'GRANT DELETE ON %s TO zz_writer', 'no direct writers'), (11, true, 'GRANT INSERT ON %2$s TO PUBLIC', 'no direct writers'),
    (12, true, 'ALTER TABLE %2$s SET UNLOGGED', 'logged'), (13, true, 'ALTER TABLE %1$s DETACH PARTITION %2$s', 'months attached')) AS v (n, for_month, s, guard)
 WHERE is_monthly OR NOT for_month
 ORDER BY log, n;
SELECT is(pg_temp.lost(s), e, s) FROM (VALUES
    ('ALTER TABLE domainflow.retention_drop DISABLE TRIGGER retention_drop_no_change', 'domainflow.retention_drop: UPDATE and DELETE refused'),
    ('ALTER TABLE domainflow.retention_drop ENABLE TRIGGER retention_drop_no_truncate', 'domainflow.retention_drop: TRUNCATE refused'),
    ('DROP TRIGGER state_event_no_truncate ON domainflow.state_event', 'domainflow.state_event: TRUNCATE refused'),
    ('ALTER TABLE domainflow.retention_drop OWNER TO zz_writer; GRANT ALL ON domainflow.retention_drop TO domainflow_definer', 'domainflow.retention_drop: no direct writers, domainflow.retention_drop: owner'),
    ('CREATE TABLE zz_heir () INHERITS (domainflow.state_event)', 'domainflow.state_event: no heirs'),
    ('ALTER TABLE zz_account DISABLE TRIGGER domainflow_audit', 'public.zz_account: rows recorded'),
    ('ALTER TABLE zz_account ENABLE TRIGGER domainflow_audit', 'public.zz_account: rows recorded'),
    ('ALTER TABLE zz_part_low DISABLE TRIGGER domainflow_audit', 'public.zz_part: rows recorded'),
    ('CREATE OR REPLACE TRIGGER domainflow_audit AFTER INSERT OR UPDATE OR DELETE ON zz_account FOR EACH ROW WHEN (pg_trigger_depth() > 5) EXECUTE FUNCTION pg_temp.trap()', 'public.zz_account: rows recorded'),
    ('DROP TRIGGER domainflow_audit_truncate ON zz_part', 'public.zz_part: TRUNCATE recorded'),
    ('CREATE TABLE zz_part_high PARTITION OF zz_part FOR VALUES FROM (10) TO (20)', 'public.zz_part: TRUNCATE recorded'),
    ('CREATE TABLE zz_heir () INHERITS (zz_account)', 'public.zz_account: no heirs'),
    ('DROP TABLE zz_account', 'public.zz_account: there')) AS v (s, e);
SELECT alike(pg_temp.lost($$CREATE OR REPLACE FUNCTION domainflow._refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'$$), '%row_change: refusal as installed%', 'a refusal that does not refuse');
DO $$ BEGIN EXECUTE format('ALTER FUNCTION domainflow_generated.%I() SECURITY INVOKER', (SELECT function_name FROM domainflow.audited_table WHERE table_name = 'zz_account')); END $$;
SELECT is((SELECT string_agg(guard, ', ') FROM domainflow.audit_guard_status() WHERE NOT holds), 'function as made', 'a trigger function that somebody touched');

-- As on a subscriber without the rows.
SAVEPOINT a;
DELETE FROM domainflow.audited_table;
SELECT is((SELECT string_agg(object || ': ' || guard, ', ' ORDER BY object) FROM domainflow.audit_guard_status() WHERE NOT holds), 'public.zz_account: registered, public.zz_part: registered', 'a trigger without choices');
ALTER TABLE zz_account ADD COLUMN secret text;
INSERT INTO zz_account VALUES (1, 'a', 'sesame');
SELECT is((SELECT new FROM domainflow.row_change ORDER BY id DESC LIMIT 1), '{}', 'which tells no values of an altered table');
ROLLBACK TO a;

-- An altered table is followed.
SELECT domainflow.audit_table('zz_account') \g /dev/null
ALTER TABLE zz_account ADD COLUMN plus integer;
SELECT is((SELECT string_agg(guard, ', ') FROM domainflow.audit_guard_status() WHERE NOT holds), 'columns as made', 'an altered table');
SELECT is((SELECT count FROM domainflow.maintain('guards')), 1::bigint, 'is followed by maintain()');
SELECT is_empty('SELECT * FROM domainflow.audit_guard_status() WHERE NOT holds', 'and has all guards again');

-- As on a subscriber that was promoted. Not undone: ids are only further on afterwards.
SELECT max(id) AS newest, setval('domainflow.audit_seq', 1, false) FROM domainflow.row_change \gset
SELECT is((SELECT count FROM domainflow.maintain('guards')), 1::bigint, 'a sequence that is behind');
SELECT cmp_ok(nextval('domainflow.audit_seq'), '>', :'newest'::bigint, 'is moved ahead of the rows');

-- One alert for one thing, closed by itself.
ALTER TABLE zz_account DISABLE TRIGGER domainflow_audit;
SELECT is((SELECT count FROM domainflow.maintain('guards')), 1::bigint, 'an alert is opened');
SELECT is((SELECT count FROM domainflow.maintain('guards')), 0::bigint, 'once');
SELECT results_eq('SELECT name, severity, evidence ->> ''object'', evidence ->> ''guard'', closed_at IS NULL FROM domainflow.alert_event',
                  $$VALUES ('audit_guard', 'critical', 'public.zz_account', 'rows recorded', true)$$, 'which says what is missing');
ALTER TABLE zz_account ENABLE ALWAYS TRIGGER domainflow_audit;
SELECT is((SELECT count FROM domainflow.maintain('guards')), 1::bigint, 'the guard is back');
SELECT is((SELECT count(*) FROM domainflow.alert_event WHERE closed_at >= opened_at), 1::bigint, 'the alert is closed');

-- Silence.
DELETE FROM domainflow.audit_hour;
INSERT INTO domainflow.audit_hour SELECT 'audit_log', date_trunc('hour', now(), 'UTC') - g * interval '24 hours' - interval '1 hour', 100 + g FROM generate_series(1, 3) AS g;
INSERT INTO domainflow.audit_hour VALUES ('audit_log', date_trunc('hour', now(), 'UTC') - interval '1 hour', 51);
SELECT is_empty('SELECT * FROM domainflow.audit_guard_status() WHERE NOT holds', 'half of the poorest such hour is enough');
UPDATE domainflow.audit_hour SET row_count = 50 WHERE row_count = 51;
SELECT is((SELECT count FROM domainflow.maintain('guards')), 1::bigint, 'less is silence');
SELECT results_eq('SELECT severity, evidence ->> ''guard'' FROM domainflow.alert_event WHERE closed_at IS NULL', $$VALUES ('warning', 'not silent')$$, 'a warning');
DELETE FROM domainflow.audit_hour WHERE row_count = 103;
SELECT is_empty('SELECT * FROM domainflow.audit_guard_status() WHERE NOT holds', 'with two such hours nothing is known');
SELECT is((SELECT count(*) FROM domainflow.audit_hour WHERE log_name = 'row_change'), 24::bigint, 'hours are counted a day at a time');
SELECT domainflow.maintain('guards') FROM generate_series(1, 8) \g /dev/null
SELECT is((SELECT count(*) FROM domainflow.audit_hour WHERE log_name = 'row_change'), 169::bigint, 'up to the last full one');

SELECT ok(has_function_privilege(r, 'domainflow.audit_guard_status()', 'EXECUTE') = e, r)
  FROM (VALUES ('domainflow_auditor', true), ('domainflow_admin', true), ('domainflow_owner', true), ('domainflow_app', false), ('domainflow_reader', false)) AS v (r, e);
SET LOCAL ROLE domainflow_reader;
SELECT lives_ok('SELECT * FROM domainflow.alert_event', 'reports read alerts');
SELECT throws_ok('INSERT INTO domainflow.alert_event (name, severity, dedup_key, evidence) VALUES (''a'', ''info'', ''a'', ''{}'')', '42501', NULL, 'and write none');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
