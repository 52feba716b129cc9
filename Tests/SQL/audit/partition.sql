-- Monthly partitions: made ahead, filled from the default partition, guarded like their parent, dropped after their retention.
BEGIN;
-- A login role called domainflow would have the schema in its path, and names would print without it.
SET LOCAL search_path = public;
SELECT plan(42);

-- Whatever was made before (by the run that installed us, or by an earlier test) goes, so that months are missing.
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
-- A table of our own, with an identity column, a column that was dropped and rows in several months.
CREATE TABLE domainflow.zz_event (
    id bigint GENERATED ALWAYS AS IDENTITY,
    gone text,
    at timestamptz NOT NULL,
    note text
) PARTITION BY RANGE (at);
CREATE TABLE domainflow.zz_event_default PARTITION OF domainflow.zz_event DEFAULT;
ALTER TABLE domainflow.zz_event DROP COLUMN gone;
CREATE TRIGGER zz_event_no_change BEFORE UPDATE OR DELETE ON domainflow.zz_event
FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER zz_event_no_truncate BEFORE TRUNCATE ON domainflow.zz_event
FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
GRANT SELECT, INSERT ON domainflow.zz_event TO domainflow_app;
INSERT INTO domainflow.zz_event (at, note) VALUES
(now(), 'now'), (now() - interval '1 month', 'before'), ('2020-02-29 23:30:00-05', 'old'), ('infinity', 'never'),
(now() + interval '5 years', 'future');
-- Tables that are no business of ours.
CREATE TABLE domainflow.zz_number (n bigint) PARTITION BY RANGE (n);
CREATE TABLE domainflow.zz_number_default PARTITION OF domainflow.zz_number DEFAULT;
CREATE TABLE domainflow.zz_list (at timestamptz) PARTITION BY LIST (at);
CREATE TABLE domainflow.zz_list_default PARTITION OF domainflow.zz_list DEFAULT;
CREATE TABLE domainflow.zz_bare (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE public.zz_other (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE public.zz_other_default PARTITION OF public.zz_other DEFAULT;
-- Only tables of the schema's owner are maintained.
CREATE FUNCTION pg_temp.hand_over() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_relation regclass;
BEGIN
    FOR v_relation IN
        SELECT c.oid::regclass FROM pg_class AS c
         WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname LIKE 'zz%'
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %I', v_relation,
                       (SELECT pg_get_userbyid(n.nspowner) FROM pg_namespace AS n WHERE n.nspname = 'domainflow'));
    END LOOP;
END
$$;
SELECT pg_temp.hand_over();

SELECT set_has(
    'SELECT t.table_name FROM domainflow._monthly_tables() AS t',
    $$VALUES ('audit_log'), ('query_performance_metrics'), ('zz_event')$$, 'tables with a time column and a default partition');
SELECT set_hasnt('SELECT t.table_name FROM domainflow._monthly_tables() AS t',
                 $$VALUES ('zz_number'), ('zz_list'), ('zz_bare'), ('zz_other')$$, 'and no others');

CREATE TEMPORARY TABLE decision AS
SELECT domainflow.log_authorization_decision('alice', 'campaign', 'c', 'start', 'deny') AS id;
CREATE TEMPORARY TABLE fingerprint AS SELECT domainflow.catalog_fingerprint() AS before;

SET LOCAL timezone = 'Pacific/Auckland';
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL ROLE domainflow_admin;
CREATE TEMPORARY TABLE made AS SELECT * FROM domainflow.ensure_partitions(1);
RESET ROLE;
SET LOCAL datestyle = 'ISO';
SET LOCAL timezone = 'UTC';

SELECT set_eq($$SELECT m.partition_name FROM made AS m WHERE m.table_name = 'audit_log'$$,
              $$VALUES ('audit_log' || pg_temp.month(0)), ('audit_log' || pg_temp.month(1))$$, 'this month and the next');
SELECT set_eq($$SELECT DISTINCT m.outcome FROM made AS m$$, $$VALUES ('created')$$, 'each is reported as created');
SELECT is((SELECT m.rows_moved FROM made AS m WHERE m.partition_name = 'audit_log' || pg_temp.month(0)) >= 1, true,
          'decisions moved out of the default partition');
SELECT is((SELECT m.rows_moved FROM made AS m WHERE m.partition_name = 'audit_log' || pg_temp.month(1)), 0::bigint,
          'nothing to move for the next month');
SELECT is(a.tableoid::regclass, ('domainflow.audit_log' || pg_temp.month(0))::regclass, 'the decision lives in its month')
  FROM domainflow.audit_log AS a JOIN decision AS d USING (id);
SELECT is(count(*), 1::bigint, 'and was not copied twice') FROM domainflow.audit_log AS a JOIN decision AS d USING (id);
SELECT is_empty('SELECT * FROM domainflow.audit_log_default', 'the default partition is empty');
SELECT is(pg_get_expr(c.relpartbound, c.oid),
          format('FOR VALUES FROM (%L) TO (%L)', date_trunc('month', now()), date_trunc('month', now()) + interval '1 month'),
          'months begin at midnight UTC, whatever the session''s time zone')
  FROM pg_class AS c WHERE c.oid = ('domainflow.audit_log' || pg_temp.month(0))::regclass;
SELECT is_empty($$SELECT kind, identity FROM domainflow.catalog_drift() WHERE identity !~ 'zz_'$$, 'new partitions are as their tables say');
SELECT has_index('domainflow', 'audit_log' || pg_temp.month(0), 'audit_log' || pg_temp.month(0) || '_pkey', 'the indexes came along');
SELECT is((SELECT count(*) FROM pg_index AS i WHERE i.indrelid = ('domainflow.audit_log' || pg_temp.month(0))::regclass),
          (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = 'domainflow.audit_log_default'::regclass), 'all of them');
SELECT is(count(*), 0::bigint, 'none is on the parent, where pg_restore of an extension would trip over it')
  FROM pg_index AS i
 WHERE i.indrelid IN ('domainflow.audit_log'::regclass, 'domainflow.query_performance_metrics'::regclass);
SELECT is((SELECT d.default_partition::regclass FROM domainflow._monthly_tables() AS d WHERE d.table_name = 'audit_log'),
          'domainflow.audit_log_default'::regclass, 'the default partition is attached again');

-- Append-only in the new partition, and in the default partition that was detached for a moment.
SELECT throws_ok('DELETE FROM domainflow.audit_log' || pg_temp.month(0), 'DF705', NULL, 'no delete in a new partition');
SELECT throws_ok('UPDATE domainflow.audit_log' || pg_temp.month(0) || ' SET action = ''x''', 'DF705', NULL, 'no update in it');
SELECT throws_ok('TRUNCATE domainflow.audit_log' || pg_temp.month(0), 'DF705', NULL, 'no truncate of it');
SELECT throws_ok('TRUNCATE domainflow.audit_log_default', 'DF705', NULL, 'no truncate of the default partition');
SELECT is(count(*), 0::bigint, 'every guard fires ALWAYS')
  FROM pg_trigger AS t
 WHERE t.tgenabled <> 'A' AND t.tgname ^@ 'audit_log_no_'
   AND t.tgrelid IN (SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = 'domainflow.audit_log'::regclass);
SELECT table_privs_are('domainflow', 'audit_log' || pg_temp.month(0), 'domainflow_auditor', ARRAY['SELECT'], 'grants are the parent''s');
SELECT table_privs_are('domainflow', 'audit_log' || pg_temp.month(0), 'domainflow_app', '{}', 'and no more');

-- The table of our own.
SELECT results_eq(
    $$SELECT e.id, e.note, e.tableoid::regclass FROM domainflow.zz_event AS e ORDER BY e.id$$,
    $$VALUES (1::bigint, 'now', ('domainflow.zz_event' || pg_temp.month(0))::regclass),
             (2, 'before', ('domainflow.zz_event' || pg_temp.month(-1))::regclass),
             (3, 'old', 'domainflow.zz_event_2020_03'),
             (4, 'never', 'domainflow.zz_event_default'),
             (5, 'future', 'domainflow.zz_event_default')$$, 'past months with rows get a partition, far ones do not');
SELECT table_privs_are('domainflow', 'zz_event_2020_03', 'domainflow_app', ARRAY['SELECT'], 'rights to read are copied, rights to write are not');
SELECT throws_ok('DELETE FROM domainflow.zz_event_default', 'DF705', NULL, 'the default partition got its guard back');
SELECT lives_ok($$INSERT INTO domainflow.zz_event (at, note) VALUES (now(), 'more')$$, 'writing goes on');
SELECT is(max(e.id), 6::bigint, 'and identities too') FROM domainflow.zz_event AS e;

-- Again: nothing to do.
SELECT is_empty('SELECT * FROM domainflow.ensure_partitions(1)', 'a second call does nothing');
SELECT set_eq($$SELECT m.partition_name FROM domainflow.ensure_partitions() AS m WHERE m.table_name = 'zz_event'$$,
              $$VALUES ('zz_event' || pg_temp.month(2))$$, 'two months ahead by default');

-- Months that overlap a partition made by hand are left out; the other tables go on.
CREATE TABLE domainflow.zz_a (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE domainflow.zz_a_default PARTITION OF domainflow.zz_a DEFAULT;
CREATE TABLE domainflow.zz_a_all PARTITION OF domainflow.zz_a FOR VALUES FROM ('2000-01-01') TO ('2999-01-01');
SELECT pg_temp.hand_over();
SELECT results_eq(
    $$SELECT m.table_name, m.partition_name, m.rows_moved, split_part(m.outcome, ':', 1) FROM domainflow.ensure_partitions(3) AS m
       WHERE m.table_name LIKE 'zz%'$$,
    $$VALUES ('zz_a', NULL, NULL::bigint, 'left'), ('zz_event', 'zz_event' || pg_temp.month(3), 0, 'created')$$,
    'an overlapping partition is reported');
DROP TABLE domainflow.zz_a;

SELECT throws_ok('SELECT domainflow.ensure_partitions(NULL)', 'DF204', NULL, 'null months');
SELECT throws_ok('SELECT domainflow.ensure_partitions(-1)', 'DF204', NULL, 'negative months');
SELECT throws_ok('SELECT domainflow.ensure_partitions(121)', 'DF204', NULL, 'too many months');
SELECT is(domainflow._in_extension_script(), false, 'this is no extension script');

-- Retention; the rest of it is in retention.sql.
SELECT is_empty('SELECT * FROM domainflow.drop_expired_partitions()', 'without a policy everything is kept');
SET LOCAL ROLE domainflow_admin;
SELECT ok(domainflow.set_retention('zz_event', '32 days') < now() - interval '31 days', 'a retention is set');
SELECT set_eq('SELECT * FROM domainflow.drop_expired_partitions()', $$VALUES ('zz_event', 'zz_event_2020_03', 1::bigint, 'dropped')$$,
              'months whose last moment is older go');
RESET ROLE;
SELECT hasnt_table('domainflow', 'zz_event_2020_03', 'it is gone');
SELECT has_table('domainflow', 'zz_event' || pg_temp.month(-1), 'a month that ended within the retention stays');
SELECT is(count(*), 4::bigint, 'younger rows and those of the default partition stay')
  FROM domainflow.zz_event AS e WHERE e.at >= now() - interval '1 day';
SELECT is_empty('SELECT * FROM domainflow.drop_expired_partitions()', 'nothing more to drop');
DELETE FROM domainflow.partition_policy;
SELECT is((SELECT array_agg(p.proname::text ORDER BY p.proname)
             FROM pg_proc AS p
            WHERE p.pronamespace = 'domainflow'::regnamespace AND p.prosecdef
              AND p.proname IN ('ensure_partitions', 'drop_expired_partitions', 'log_authorization_decision')
              AND p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp']),
          ARRAY['drop_expired_partitions', 'ensure_partitions', 'log_authorization_decision'], 'definer functions pin search_path');

SELECT * FROM finish();
ROLLBACK;
