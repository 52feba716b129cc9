-- Retention: its floor, its brakes, its witness, and what cannot stop it.
BEGIN;
SET LOCAL search_path = public;
SET LOCAL timezone = 'UTC';
SET LOCAL intervalstyle = 'postgres';
SELECT plan(64);

DO $$
DECLARE
    v_partition regclass;
BEGIN
    FOR v_partition IN
        SELECT i.inhrelid::regclass
          FROM domainflow._monthly_tables() AS t
          JOIN pg_inherits AS i ON i.inhparent = t.parent
         WHERE i.inhrelid <> t.default_partition
    LOOP
        EXECUTE format('DROP TABLE %s', v_partition);
    END LOOP;
    DELETE FROM domainflow.partition_policy;
END
$$;
CREATE FUNCTION pg_temp.month(p_ahead integer) RETURNS text LANGUAGE sql AS $$
    SELECT to_char((now() AT TIME ZONE 'UTC') + p_ahead * interval '1 month', '_YYYY_MM')
$$;
CREATE FUNCTION pg_temp.monthly(p_name text, p_owner text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE domainflow.%I (at timestamptz NOT NULL, note text) PARTITION BY RANGE (at)', p_name);
    EXECUTE format('CREATE TABLE domainflow.%I PARTITION OF domainflow.%I DEFAULT', p_name || '_default', p_name);
    EXECUTE format('ALTER TABLE domainflow.%I OWNER TO %I', p_name, p_owner);
    EXECUTE format('ALTER TABLE domainflow.%I OWNER TO %I', p_name || '_default', p_owner);
END
$$;
SELECT pg_get_userbyid(n.nspowner) AS owner FROM pg_namespace AS n WHERE n.nspname = 'domainflow' \gset
CREATE ROLE zz_stranger;
SELECT pg_temp.monthly('zz_kept', :'owner'), pg_temp.monthly('zz_other', :'owner'), pg_temp.monthly('zz_foreign', 'zz_stranger');
-- One row a month of the last two years and one of now.
INSERT INTO domainflow.zz_kept SELECT date_trunc('month', now()) - g * interval '1 month' + interval '1 hour', g FROM generate_series(0, 24) AS g;
INSERT INTO domainflow.zz_other SELECT date_trunc('month', now()) - g * interval '1 month' + interval '1 hour', g FROM generate_series(0, 3) AS g;
INSERT INTO domainflow.zz_foreign VALUES (now() - interval '40 days');
CREATE FUNCTION pg_temp.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON domainflow.zz_foreign FOR EACH ROW EXECUTE FUNCTION pg_temp.trap();

SET LOCAL ROLE domainflow_admin;
CREATE TEMPORARY TABLE made AS SELECT * FROM domainflow.ensure_partitions(1);
RESET ROLE;
SELECT results_eq($$SELECT m.partition_name, m.outcome FROM made AS m WHERE m.table_name = 'zz_foreign'$$,
                  $$VALUES (NULL::text, 'left: the table does not belong to the owner of schema domainflow')$$,
                  'a table of another owner is left alone, and its trigger does not run');
SELECT is((SELECT count(*) FROM made AS m WHERE m.table_name = 'zz_kept'), 26::bigint, 'the others go on');

-- Who may.
SET LOCAL ROLE domainflow_admin;
SELECT throws_ok($$INSERT INTO domainflow.partition_policy VALUES ('zz_kept', '1 year')$$, '42501', NULL, 'nobody writes the policy directly');
SELECT throws_ok($$UPDATE domainflow.partition_policy SET retention = '1 day'$$, '42501', NULL, 'nor changes it');
SELECT throws_ok($$DELETE FROM domainflow.partition_policy$$, '42501', NULL, 'nor deletes it');
SELECT lives_ok($$SELECT * FROM domainflow.partition_policy$$, 'an administrator reads it');
SELECT throws_ok($$LOCK TABLE ONLY domainflow.audit_log IN SHARE UPDATE EXCLUSIVE MODE$$, '42501', NULL, 'nobody can take the maintainers'' lock');
RESET ROLE;
SET LOCAL ROLE domainflow_app;
SELECT throws_ok($$SELECT domainflow.set_retention('zz_kept', '1 year')$$, '42501', NULL, 'the application sets no retention');
SELECT throws_ok('SELECT * FROM domainflow.drop_expired_partitions()', '42501', NULL, 'nor drops');
SELECT throws_ok(format('LOCK TABLE ONLY domainflow.%I IN SHARE UPDATE EXCLUSIVE MODE', r.name), '42501', NULL, 'no lock on ' || r.name)
  FROM (VALUES ('audit_log'), ('transaction_metric'), ('query_performance_metrics'), ('database_performance_metrics'),
               ('partition_policy'), ('retention_drop')) AS r (name);
RESET ROLE;

-- The floor.
SET LOCAL ROLE domainflow_admin;
SELECT throws_ok(format('SELECT domainflow.set_retention(%L, %L)', 'zz_kept', r.retention), 'DF204', NULL, 'retention ' || r.retention)
  FROM (VALUES ('0'), ('-1 year'), ('27 days'), ('-100 years 36001 days'), ('36001 days -100 years'), ('1 mon -2 days'),
               ('178000000 years'), ('-178000000 years'), ('3000 years'), ('1 mon -300 hours')) AS r (retention);
SELECT throws_ok($$SELECT domainflow.set_retention('audit_log', '2 months')$$, 'DF204', NULL, 'the audit log is kept for three months');
SELECT lives_ok($$SELECT domainflow.set_retention('audit_log', '3 months 1 day')$$, 'or longer');
SELECT throws_ok($$SELECT domainflow.set_retention(NULL, '1 year')$$, 'DF202', NULL, 'no table');
SELECT throws_ok(format('SELECT domainflow.set_retention(%L, %L)', t.name, '1 year'), 'DF301', NULL, 'no monthly table: ' || t.why)
  FROM (VALUES ('job', 'not partitioned'), ('zz_foreign', 'of another owner'), ('nothing', 'not there'),
               ('domainflow.audit_log', 'with its schema'), (E'a\x1b[31m' || repeat('x', 5000), 'control characters')) AS t (name, why);
SELECT is(domainflow.set_retention('audit_log', NULL), NULL, 'null keeps everything');
SELECT is_empty($$SELECT * FROM domainflow.partition_policy$$, 'and leaves no row');
SELECT ok(domainflow.set_retention('zz_kept', '6 months') BETWEEN now() - interval '6 months' AND clock_timestamp() - interval '6 months',
          'the moment before which rows may go');
SELECT is((p.retention, p.set_by, p.checked_at IS NULL)::text, '("6 mons",domainflow_admin,t)', 'who set what')
  FROM domainflow.partition_policy AS p;

-- The brake on numbers.
SELECT throws_ok(format('SELECT domainflow.drop_expired_partitions(%s)', a.args), a.code, NULL, 'arguments ' || a.args)
  FROM (VALUES ('0', 'DF204'), ('1201, true', 'DF204'), ('13', 'DF204'), ('NULL', 'DF202'), ('3, NULL', 'DF202')) AS a (args, code);
SELECT set_eq('SELECT d.partition_name, d.rows_dropped, d.outcome FROM domainflow.drop_expired_partitions() AS d',
              $$VALUES ('zz_kept' || pg_temp.month(-24), 1::bigint, 'dropped'), ('zz_kept' || pg_temp.month(-23), 1, 'dropped'),
                       ('zz_kept' || pg_temp.month(-22), 1, 'dropped'), (NULL, NULL, 'left: 15 more for the next call, since limit is 3')$$,
              'three of a table at a time, the oldest first, and what is left is said');
RESET ROLE;

-- The witness.
SET LOCAL ROLE domainflow_auditor;
SELECT results_eq(
    $$SELECT r.table_name, r.partition_name, r.row_count, r.first_row_at, r.last_row_at, r.range_from, r.range_to, r.retention,
             r.isolation_level, r.effective_role, r.bytes > 0, r.kept_from <= now()
        FROM domainflow.retention_drop AS r ORDER BY r.range_from LIMIT 1$$,
    $$SELECT 'zz_kept', 'zz_kept' || pg_temp.month(-24), 1::bigint, m.month + interval '1 hour', m.month + interval '1 hour', m.month,
             m.month + interval '1 month', interval '6 months', current_setting('transaction_isolation'), 'domainflow_admin', true, true
        FROM (SELECT date_trunc('month', now()) - interval '24 months' AS month) AS m$$, 'an auditor sees what went');
SELECT is(count(*), 3::bigint, 'a row for each') FROM domainflow.retention_drop;
RESET ROLE;
SELECT throws_ok('UPDATE domainflow.retention_drop SET row_count = 0', 'DF705', NULL, 'the witness does not change');
SELECT throws_ok('DELETE FROM domainflow.retention_drop', 'DF705', NULL, 'and does not go');
SELECT throws_ok('TRUNCATE domainflow.retention_drop', 'DF705', NULL, 'not even as a whole');
SET LOCAL session_replication_role = replica;
SELECT throws_ok('DELETE FROM domainflow.retention_drop', 'DF705', NULL, 'whatever the replication role');
RESET session_replication_role;
SELECT is_empty($$SELECT t.tgrelid::regclass, t.tgname FROM pg_trigger AS t
                   WHERE t.tgfoid = 'domainflow._refuse_change()'::regprocedure AND t.tgenabled <> 'A'$$,
                'every trigger of an append-only table fires ALWAYS');

-- The clock.
UPDATE domainflow.partition_policy SET checked_at = clock_timestamp() - interval '46 days';
SELECT results_eq('SELECT d.partition_name, split_part(d.outcome, '':'', 1) FROM domainflow.drop_expired_partitions() AS d',
                  $$VALUES (NULL::text, 'stopped')$$, 'a call that comes 46 days after the last one is a jump of the clock');
SELECT is(p.checked_at < now() - interval '45 days', true, 'and stays one') FROM domainflow.partition_policy AS p;
SELECT is((SELECT count(*) FROM domainflow.drop_expired_partitions(1, true) AS d WHERE d.outcome = 'dropped'), 1::bigint, 'until it is confirmed');
UPDATE domainflow.partition_policy SET checked_at = clock_timestamp() + interval '10 years';
SELECT is((SELECT count(*) FROM domainflow.drop_expired_partitions(1) AS d WHERE d.outcome = 'dropped'), 1::bigint,
          'a clock that was set back stops nothing');
SELECT ok(p.checked_at < clock_timestamp(), 'and is believed') FROM domainflow.partition_policy AS p;
SELECT matches(domainflow._clock_doubt(NULL, clock_timestamp() + interval '10 years'), 'no row of the last 45 days',
               'before the first call there must be rows of these days');
SELECT is(domainflow._clock_doubt(NULL, clock_timestamp()), NULL, 'as there are');

-- Whatever is wrong with one stops no other.
INSERT INTO domainflow.partition_policy VALUES
('aa_gone', '1 year'), ('zz_foreign', '1 year'), ('audit_log', '7 days'), ('zz_other', '-100 years 36001 days');
SELECT throws_ok($$INSERT INTO domainflow.partition_policy VALUES ('zz', '0')$$, '23514', NULL, 'the constraint of old is there');
CREATE VIEW public.zz_view AS SELECT k.note FROM domainflow.zz_kept AS k;
DO $$ BEGIN EXECUTE format('CREATE VIEW public.zz_needs AS SELECT note FROM domainflow.%I', 'zz_kept' || pg_temp.month(-19)); END $$;
SELECT set_eq('SELECT d.table_name, d.partition_name, d.rows_dropped, split_part(d.outcome, '':'', 1) FROM domainflow.drop_expired_partitions(2) AS d',
              $$VALUES ('aa_gone', NULL::text, NULL::bigint, 'left'), ('audit_log', NULL, NULL, 'left'), ('zz_foreign', NULL, NULL, 'left'),
                       ('zz_kept', 'zz_kept' || pg_temp.month(-19), NULL, 'left'), ('zz_kept', 'zz_kept' || pg_temp.month(-18), 1, 'dropped'),
                       ('zz_kept', 'zz_kept' || pg_temp.month(-17), 1, 'dropped'), ('zz_kept', NULL, NULL, 'left'),
                       ('zz_other', NULL, NULL, 'left')$$,
              'a policy without a table, a foreign table, retentions below the floor, a partition that a view needs');
-- Renamed and foreign partitions are not ours to drop.
DO $$
BEGIN
    EXECUTE format('ALTER TABLE domainflow.%I RENAME TO zz_kept_of_old', 'zz_kept' || pg_temp.month(-16));
    EXECUTE format('ALTER TABLE domainflow.%I OWNER TO zz_stranger', 'zz_kept' || pg_temp.month(-15));
END
$$;
DELETE FROM domainflow.partition_policy AS p WHERE p.table_name <> 'zz_kept';
DROP VIEW public.zz_needs;
SELECT is(count(*) FILTER (WHERE d.outcome = 'dropped'), 9::bigint, 'everything else up to six months ago')
  FROM domainflow.drop_expired_partitions(12) AS d;
SELECT is((SELECT count(*) FROM domainflow.zz_kept), 9::bigint, 'seven months, a renamed and a foreign partition');
SELECT is(count(*), (SELECT count(*) FROM domainflow.retention_drop AS r), 'every drop is on record')
  FROM generate_series(1, 16);
-- The current month stays even if everything else fails.
SELECT is_empty('SELECT * FROM domainflow.drop_expired_partitions(1200, true)', 'nothing younger');
SELECT has_table('domainflow', 'zz_kept' || pg_temp.month(0), 'the current month stays');

SELECT * FROM finish();
ROLLBACK;
