-- Maintenance: which tables and partitions are its own, what it holds while it works, how it guards what it makes, and what stops it.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SET LOCAL timezone = 'UTC';
SELECT plan(16);
SELECT pg_get_userbyid(n.nspowner) AS owner FROM pg_namespace AS n WHERE n.nspname = 'domainflow' \gset
CREATE FUNCTION pg_temp.held() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT c.relname || ' ' || l.mode FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
     WHERE l.pid = pg_backend_pid() AND c.relname LIKE 'job_archive%' AND l.mode ~ 'Exclusive'
$$;
-- Locks. The lock of a table's creator would hide them, so these are on a table that is there.
SAVEPOINT locks;
SELECT domainflow.set_retention('job_archive', '1 year');
SELECT count(*) FROM domainflow.drop_expired_partitions();
SELECT results_eq('SELECT pg_temp.held()', $$VALUES ('job_archive ShareUpdateExclusiveLock')$$, 'dropping keeps other maintainers out until the end');
SELECT ok(p.xmax::text <> '0', 'and the policy as it is') FROM domainflow.partition_policy AS p WHERE p.table_name = 'job_archive';
ROLLBACK TO SAVEPOINT locks;
SELECT domainflow._lock_for_maintenance('domainflow.job_archive');
SELECT results_eq('SELECT pg_temp.held()', $$VALUES ('job_archive ShareUpdateExclusiveLock')$$, 'a maintainer stops no writer');
ROLLBACK TO SAVEPOINT locks;
CREATE TABLE public.zz_held (at integer GENERATED ALWAYS AS IDENTITY, held text[]);
GRANT ALL ON public.zz_held TO PUBLIC;
CREATE OR REPLACE FUNCTION domainflow._missing_months(p_parent regclass, p_default_partition regclass, p_time_column text, p_months_ahead integer)
RETURNS timestamp without time zone [] LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.zz_held (held) VALUES (ARRAY(SELECT h FROM pg_temp.held() AS h ORDER BY h));
    RETURN CASE p_months_ahead WHEN 0 THEN NULL ELSE '{}' END;
END $$;
SELECT is_empty('SELECT * FROM domainflow._add_month_partitions(''domainflow.job_archive'', ''domainflow.job_archive_default'', ''finished_at'', 0)', 'with nothing to do');
SELECT results_eq('SELECT pg_temp.held()', $$VALUES ('job_archive ShareUpdateExclusiveLock')$$, 'nobody waits');
SELECT is_empty('SELECT * FROM domainflow._add_month_partitions(''domainflow.job_archive'', ''domainflow.job_archive_default'', ''finished_at'', 1)', 'with something to do');
SELECT results_eq('SELECT z.held FROM public.zz_held AS z ORDER BY z.at', $$VALUES (ARRAY['job_archive ShareUpdateExclusiveLock']),
    (ARRAY['job_archive ShareUpdateExclusiveLock']), (ARRAY['job_archive AccessExclusiveLock',
     'job_archive ShareUpdateExclusiveLock', 'job_archive_default AccessExclusiveLock'])$$, 'it looks again when everybody is kept out');
ROLLBACK TO SAVEPOINT locks;

-- Tables of ours come in the order of their names, however they were made.
CREATE ROLE zz_stranger;
CREATE ROLE zz_writer;
CREATE SCHEMA zz_elsewhere;
CREATE TABLE domainflow.zz_b (at timestamptz NOT NULL, note text, seen timestamptz) PARTITION BY RANGE (at);
CREATE TABLE domainflow.zz_b_default PARTITION OF domainflow.zz_b DEFAULT;
CREATE TABLE domainflow.zz_a (LIKE domainflow.zz_b) PARTITION BY RANGE (at);
CREATE TABLE domainflow.zz_a_default PARTITION OF domainflow.zz_a DEFAULT;
CREATE TABLE domainflow.zz_strange (LIKE domainflow.zz_b) PARTITION BY RANGE (at);
CREATE TABLE domainflow.zz_strange_default PARTITION OF domainflow.zz_strange DEFAULT;
CREATE TABLE domainflow.zz_two (at timestamptz, n integer) PARTITION BY RANGE (at, n);
CREATE TABLE domainflow.zz_two_default PARTITION OF domainflow.zz_two DEFAULT;
-- Two months that were made by hand as they should be, and what is not ours to drop.
CREATE TABLE domainflow.zz_a_2020_02 PARTITION OF domainflow.zz_a FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
CREATE TABLE domainflow.zz_a_2020_01 PARTITION OF domainflow.zz_a FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE zz_elsewhere.zz_a_2020_03 PARTITION OF domainflow.zz_a FOR VALUES FROM ('2020-03-01') TO ('2020-04-01');
CREATE TABLE domainflow.zz_a_renamed PARTITION OF domainflow.zz_a FOR VALUES FROM ('2020-04-01') TO ('2020-05-01');
CREATE TABLE domainflow.zz_a_2020_05 PARTITION OF domainflow.zz_a FOR VALUES FROM ('2020-05-01') TO ('2020-06-01');
CREATE TABLE domainflow.zz_a_2020_06 PARTITION OF domainflow.zz_a FOR VALUES FROM ('2020-06-01') TO ('2020-08-01');
CREATE TABLE domainflow.zz_a_2020_09 PARTITION OF domainflow.zz_a FOR VALUES FROM ('2020-09-01') TO ('2020-10-01') PARTITION BY RANGE (at);
CREATE TABLE domainflow.zz_a_first PARTITION OF domainflow.zz_a FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE domainflow.zz_a_2020_10 PARTITION OF domainflow.zz_b FOR VALUES FROM ('2020-10-01') TO ('2020-11-01');
SELECT set_config('zz.owner', :'owner', true);
DO $$
DECLARE
    v_relation regclass;
BEGIN
    EXECUTE format('ALTER SCHEMA zz_elsewhere OWNER TO %I', current_setting('zz.owner'));
    FOR v_relation IN SELECT c.oid FROM pg_class AS c WHERE c.relname LIKE 'zz%' AND c.relkind IN ('r', 'p') LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %I', v_relation, current_setting('zz.owner'));
    END LOOP;
END $$;
ALTER TABLE domainflow.zz_a_2020_05 OWNER TO zz_stranger;
ALTER TABLE domainflow.zz_strange_default OWNER TO zz_stranger;
SELECT results_eq('SELECT t.table_name, t.is_ours FROM domainflow._monthly_tables() AS t WHERE t.table_name ~ ''^zz''',
                  $$VALUES ('zz_a', true), ('zz_b', true), ('zz_strange', false)$$, 'by one time column; the default partition, too, must be ours');
SELECT results_eq('SELECT m.partition_name, m.range_from FROM domainflow._month_partitions(''domainflow.zz_a'') AS m ORDER BY 1',
                  $$VALUES ('zz_a_2020_01', timestamptz '2020-01-01 00:00:00+00'), ('zz_a_2020_02', '2020-02-01 00:00:00+00')$$, 'months of ours');

-- What a new partition gets of its table, and what not.
GRANT SELECT, INSERT ON domainflow.zz_a TO zz_stranger;
GRANT INSERT ON domainflow.zz_a TO zz_writer;
GRANT SELECT ON domainflow.zz_a TO PUBLIC;
CREATE FUNCTION public.zz_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER zz_no_change BEFORE UPDATE OR DELETE ON domainflow.zz_a FOR EACH ROW EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER zz_no_truncate BEFORE TRUNCATE ON domainflow.zz_a FOR EACH STATEMENT EXECUTE FUNCTION domainflow._refuse_change();
CREATE TRIGGER zz_other BEFORE TRUNCATE ON domainflow.zz_a FOR EACH STATEMENT EXECUTE FUNCTION public.zz_nothing();
INSERT INTO domainflow.zz_a VALUES ('infinity', 'never');
CREATE TEMPORARY TABLE made AS SELECT * FROM domainflow.ensure_partitions(0) AS e WHERE e.table_name LIKE 'zz%';
SELECT results_eq('SELECT m.table_name, m.outcome ~ ''^left'' FROM made AS m', $$VALUES ('zz_a', false), ('zz_b', false), ('zz_strange', true)$$, 'a month each');
SELECT m.partition_name AS new FROM made AS m WHERE m.table_name = 'zz_a' \gset
SELECT is(string_agg(concat_ws(' ', t.tgname, t.tgenabled), ', ' ORDER BY t.tgname), 'zz_no_change O, zz_no_truncate A', 'its guards')
  FROM pg_trigger AS t WHERE t.tgrelid = ('domainflow.' || :'new')::regclass;
SELECT is(string_agg(concat_ws(' ', pg_get_userbyid(a.grantee), a.privilege_type), ', '), 'zz_stranger SELECT', 'and its readers, by name')
  FROM pg_class AS c, aclexplode(c.relacl) AS a WHERE c.oid = ('domainflow.' || :'new')::regclass AND a.grantee <> c.relowner;
SELECT xmin, ctid FROM pg_inherits WHERE inhrelid = 'domainflow.zz_a_default'::regclass \gset before_
SELECT is_empty('SELECT * FROM domainflow.ensure_partitions(0) AS e WHERE e.table_name IN (''zz_a'', ''zz_b'')', 'with nothing to do');
SELECT is(concat_ws(' ', i.xmin, i.ctid), concat_ws(' ', :'before_xmin', :'before_ctid'), 'the default partition stays attached')
  FROM pg_inherits AS i WHERE i.inhrelid = 'domainflow.zz_a_default'::regclass;
SAVEPOINT script;
CREATE OR REPLACE FUNCTION domainflow._in_extension_script() RETURNS boolean LANGUAGE sql AS 'SELECT true';
SELECT is_empty('SELECT * FROM domainflow.ensure_partitions(1)', 'in a script of an extension nothing is made');
ROLLBACK TO SAVEPOINT script;
SELECT isnt_empty('SELECT * FROM domainflow.ensure_partitions(1)', 'but outside of it');
SELECT * FROM finish();
ROLLBACK;
