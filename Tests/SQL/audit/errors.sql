-- Maintenance and the errors of others: what can be tried again is raised, everything else is reported and stops nothing else.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SET LOCAL timezone = 'UTC';
SELECT plan(20);
SELECT set_config('zz.owner', pg_get_userbyid(n.nspowner), true) FROM pg_namespace AS n WHERE n.nspname = 'domainflow';
CREATE FUNCTION pg_temp.own() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_relation regclass;
BEGIN
    FOR v_relation IN SELECT c.oid FROM pg_class AS c WHERE c.relname LIKE 'zz%' AND c.relkind IN ('r', 'p') LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %I', v_relation, current_setting('zz.owner'));
    END LOOP;
END $$;
CREATE TABLE domainflow.zz_a (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE domainflow.zz_a_default PARTITION OF domainflow.zz_a DEFAULT;
CREATE TABLE domainflow.zz_b (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE domainflow.zz_b_default PARTITION OF domainflow.zz_b DEFAULT;
CREATE TABLE domainflow.zz_c (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE domainflow.zz_c_default PARTITION OF domainflow.zz_c DEFAULT;
SELECT pg_temp.own();
CREATE ROLE zz_stranger;
ALTER TABLE domainflow.zz_c OWNER TO zz_stranger;

-- An error of the session's choice, wherever this trigger stands.
CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('zz.code', true) <> '' THEN
        RAISE EXCEPTION USING ERRCODE = current_setting('zz.code'), MESSAGE = 'as ordered';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE FUNCTION pg_temp.outcomes(p_call text, p_code text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_outcomes text;
BEGIN
    PERFORM set_config('zz.code', p_code, true);
    EXECUTE format('SELECT string_agg(concat_ws('' '', r.table_name, r.partition_name, r.outcome), '', '') FROM domainflow.%s AS r WHERE r.table_name LIKE ''zz%%''', p_call)
       INTO v_outcomes;
    PERFORM set_config('zz.code', '', true);
    RETURN v_outcomes;
EXCEPTION WHEN OTHERS THEN
    PERFORM set_config('zz.code', '', true);
    RETURN SQLSTATE;
END $$;

-- Making partitions: the trigger meets the rows that move.
INSERT INTO domainflow.zz_a VALUES (now()), (timestamptz '2020-01-15 00:00:00+00'), (timestamptz '2020-02-15 00:00:00+00');
INSERT INTO domainflow.zz_b VALUES (timestamptz '2020-01-15 00:00:00+00');
CREATE TRIGGER fail BEFORE DELETE ON domainflow.zz_a_default FOR EACH ROW EXECUTE FUNCTION pg_temp.fail();
SELECT is(pg_temp.outcomes('ensure_partitions(0)', '40001'), '40001', 'a serialization failure is raised');
SELECT is(pg_temp.outcomes('ensure_partitions(0)', '40P01'), '40P01', 'and a deadlock');
SELECT is(pg_temp.outcomes('ensure_partitions(0)', '55P03'), 'zz_a left: as ordered, zz_b zz_b_2020_01 created, zz_b zz_b' || to_char(now(), '_YYYY_MM') || ' created, '
          'zz_c left: the table does not belong to the owner of schema domainflow', 'whatever else stops one table');
SELECT is(pg_temp.outcomes('ensure_partitions(0)', ''), 'zz_a zz_a_2020_01 created, zz_a zz_a_2020_02 created, zz_a zz_a' || to_char(now(), '_YYYY_MM') || ' created, '
          'zz_c left: the table does not belong to the owner of schema domainflow', 'does so once');

-- Retention, looking at a policy.
SELECT throws_ok('SELECT domainflow.set_retention(''zz_c'', ''1 year'')', 'DF301', NULL, 'a table of another owner');
SELECT domainflow.set_retention('zz_b', '1 year'), domainflow.set_retention('zz_a', '2 years');
SELECT domainflow.set_retention('job_archive', '1 year');
SELECT is(domainflow.set_retention('job_archive', NULL), NULL, 'null keeps everything');
SELECT is(count(*), 2::bigint, 'of that table') FROM domainflow.partition_policy AS p WHERE p.table_name LIKE 'zz%';
INSERT INTO domainflow.partition_policy (table_name, retention) VALUES ('zz_c', '1 year'), ('zz_0', '1 year'), ('audit_log', '1 day');
CREATE TRIGGER fail BEFORE UPDATE ON domainflow.partition_policy FOR EACH ROW WHEN (NEW.table_name OPERATOR(pg_catalog.=) 'zz_a') EXECUTE FUNCTION pg_temp.fail();
SELECT is(pg_temp.outcomes('drop_expired_partitions()', '40001'), '40001', 'a serialization failure is raised');
SELECT is(pg_temp.outcomes('drop_expired_partitions()', '40P01'), '40P01', 'and a deadlock');
SAVEPOINT policy;
SELECT is((SELECT split_part(d.outcome, ' of ', 1) FROM domainflow.drop_expired_partitions() AS d WHERE d.table_name = 'audit_log'), 'left: a retention', 'the first is below its floor');
ROLLBACK TO SAVEPOINT policy;
SELECT is(pg_temp.outcomes('drop_expired_partitions()', '55P03'), 'zz_0 left: no table of that name is partitioned by month, zz_a left: as ordered, '
          'zz_b zz_b_2020_01 dropped, zz_c left: the table does not belong to the owner of schema domainflow', 'whatever else stops one table');
SELECT results_eq('SELECT p.table_name FROM domainflow.partition_policy AS p WHERE p.checked_at IS NOT NULL', $$VALUES ('zz_b')$$, 'and only the others count as checked');
ROLLBACK TO SAVEPOINT policy;

-- Retention, dropping.
CREATE TRIGGER fail BEFORE INSERT ON domainflow.retention_drop FOR EACH ROW WHEN (NEW.table_name OPERATOR(pg_catalog.=) 'zz_a') EXECUTE FUNCTION pg_temp.fail();
DROP TRIGGER fail ON domainflow.partition_policy;
SELECT is(pg_temp.outcomes('drop_expired_partitions()', '40001'), '40001', 'a serialization failure is raised');
SELECT is(pg_temp.outcomes('drop_expired_partitions()', '40P01'), '40P01', 'and a deadlock');
SAVEPOINT policy;
SELECT is(pg_temp.outcomes('drop_expired_partitions()', 'ZZ001'), 'zz_0 left: no table of that name is partitioned by month, zz_a zz_a_2020_01 left: as ordered, '
          'zz_a zz_a_2020_02 left: as ordered, zz_b zz_b_2020_01 dropped, zz_c left: the table does not belong to the owner of schema domainflow', 'whatever else stops one partition');
ROLLBACK TO SAVEPOINT policy;
SELECT is(pg_temp.outcomes('drop_expired_partitions(1)', '55P03'), 'zz_0 left: no table of that name is partitioned by month, zz_a zz_a_2020_01 left: as ordered, '
          'zz_b zz_b_2020_01 dropped, zz_c left: the table does not belong to the owner of schema domainflow', 'a busy table is tried once');
ROLLBACK TO SAVEPOINT policy;
-- A policy that goes while the call is at another table.
CREATE FUNCTION pg_temp.forget() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN DELETE FROM domainflow.partition_policy AS p WHERE p.table_name = 'zz_b'; RETURN NULL; END $$;
CREATE TRIGGER forget AFTER UPDATE ON domainflow.partition_policy FOR EACH ROW WHEN (NEW.table_name OPERATOR(pg_catalog.=) 'zz_a') EXECUTE FUNCTION pg_temp.forget();
SELECT is(pg_temp.outcomes('drop_expired_partitions(1)', ''), 'zz_0 left: no table of that name is partitioned by month, zz_a zz_a_2020_01 dropped, '
          'zz_a left: 1 more for the next call, since limit is 1, zz_c left: the table does not belong to the owner of schema domainflow', 'is left out');
ROLLBACK TO SAVEPOINT policy;

-- The floor is not the only thing that keeps the current month: a retention that ends in the future, and no floor.
CREATE OR REPLACE FUNCTION domainflow._retention_floor(p_table text) RETURNS interval LANGUAGE sql IMMUTABLE AS $$SELECT interval '-1000 years'$$;
DELETE FROM domainflow.partition_policy;
INSERT INTO domainflow.zz_b SELECT date_trunc('month', now()) - interval '1 day';
SELECT count(*) FROM domainflow.ensure_partitions(1);
INSERT INTO domainflow.partition_policy (table_name, retention) VALUES ('zz_b', make_interval(years => -100, days => 36001));
SELECT is(pg_temp.outcomes('drop_expired_partitions(3, true)', ''), 'zz_b zz_b_2020_01 dropped, zz_b zz_b'
          || to_char(date_trunc('month', now()) - interval '1 day', '_YYYY_MM') || ' dropped', 'what is before this month goes');
ROLLBACK TO SAVEPOINT policy;

-- A row of a table that is not ours says nothing about the clock.
INSERT INTO domainflow.zz_c VALUES (timestamptz '2300-01-01 00:00:00+00');
SELECT isnt(domainflow._clock_doubt(NULL, timestamptz '2300-01-02 00:00:00+00'), NULL, 'somebody else may have written it');
INSERT INTO domainflow.zz_b VALUES (timestamptz '2300-01-01 00:00:00+00');
SELECT is(domainflow._clock_doubt(NULL, timestamptz '2300-01-02 00:00:00+00'), NULL, 'a row of ours does');
SELECT * FROM finish();
ROLLBACK;
