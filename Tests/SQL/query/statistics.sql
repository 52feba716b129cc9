-- Advice that rests on the server's counters: sequential scans and unused indexes.
--
-- Counters move only at commit, so this file commits; it works in a schema of its own and drops it at the end.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS advice_statistics CASCADE;
CREATE SCHEMA advice_statistics;
SET search_path = advice_statistics, public;
-- Counters are written when the session is idle for a second; from PostgreSQL 15 on they can be asked for.
CREATE FUNCTION pg_temp.write_counters() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        PERFORM pg_stat_force_next_flush();
    ELSE
        PERFORM pg_sleep(1.1);
    END IF;
END
$$;

SELECT pg_stat_reset();

-- The scans that are counted are the test's own choice: without index scans even a foreign key's check reads parent from end to end.
SET enable_indexscan = on;
SET enable_indexonlyscan = on;

-- About 200 kB and 5,000 rows each: large and small are arguments below.
CREATE TABLE scanned (id int PRIMARY KEY, "Value" int);
CREATE TABLE looked_up (id int PRIMARY KEY, value int);
CREATE TABLE tiny (id int PRIMARY KEY, value int);
INSERT INTO scanned SELECT g, g FROM generate_series(1, 5000) AS g;
INSERT INTO looked_up SELECT g, g FROM generate_series(1, 5000) AS g;
INSERT INTO tiny SELECT g, g FROM generate_series(1, 200) AS g;

CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT g FROM generate_series(1, 5000) AS g;
CREATE TABLE indexed (id int PRIMARY KEY, a int, b int, c int NOT NULL, d int, e int REFERENCES parent, f int, g int UNIQUE);
INSERT INTO indexed SELECT g, g, g, g, g, g, g, g FROM generate_series(1, 5000) AS g;
CREATE INDEX "unused B" ON indexed (b);
CREATE INDEX used_a ON indexed (a);
CREATE UNIQUE INDEX unused_unique ON indexed (d);
CREATE UNIQUE INDEX unused_identity ON indexed (c);
ALTER TABLE indexed REPLICA IDENTITY USING INDEX unused_identity;
CREATE INDEX unused_foreign_key ON indexed (e);
CREATE INDEX unused_clustered ON indexed (f);
ALTER TABLE indexed CLUSTER ON unused_clustered;
CREATE INDEX unused_invalid ON indexed (f, b);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'unused_invalid'::regclass;
CREATE TABLE ranged (id int, v int, w int) PARTITION BY RANGE (id);
CREATE TABLE ranged_a PARTITION OF ranged FOR VALUES FROM (1) TO (5000);
CREATE TABLE ranged_b PARTITION OF ranged FOR VALUES FROM (5000) TO (10000);
INSERT INTO ranged SELECT g, g, g FROM generate_series(1, 9999) AS g;
CREATE INDEX ranged_used ON ranged (v);
CREATE INDEX ranged_unused ON ranged (w);
CREATE TABLE ranged_scanned (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE ranged_scanned_a PARTITION OF ranged_scanned FOR VALUES FROM (1) TO (5000);
CREATE TABLE ranged_scanned_b PARTITION OF ranged_scanned FOR VALUES FROM (5000) TO (10000);
INSERT INTO ranged_scanned SELECT g, g FROM generate_series(1, 9999) AS g;
-- Before ANALYZE, which would count the rows a second time.
SELECT pg_temp.write_counters();
ANALYZE scanned, looked_up, tiny, indexed, parent, ranged, ranged_scanned;

SET enable_bitmapscan = off;
SET max_parallel_workers_per_gather = 0;
DO $$
BEGIN
    FOR i IN 1..12 LOOP
        PERFORM count(*) FROM advice_statistics.scanned AS s WHERE s."Value" % 7 = 1;
        PERFORM count(*) FROM advice_statistics.tiny AS s WHERE s.value % 7 = 1;
    END LOOP;
    FOR i IN 1..3 LOOP
        PERFORM count(*) FROM advice_statistics.looked_up AS s WHERE s.value % 7 = 1;
    END LOOP;
    -- Every scan of a partitioned table is one of each partition.
    FOR i IN 1..11 LOOP
        PERFORM count(*) FROM advice_statistics.ranged_scanned AS r WHERE r.v % 7 = 1;
    END LOOP;
    FOR i IN 1..5 LOOP
        PERFORM count(*) FROM advice_statistics.ranged AS r WHERE r.id % 7 = 1;
    END LOOP;
    SET LOCAL enable_seqscan = off;
    PERFORM s.id FROM advice_statistics.indexed AS s WHERE s.a = 5;
    PERFORM s.id FROM advice_statistics.ranged_b AS s WHERE s.v = 6000;
END
$$;
RESET enable_bitmapscan;
RESET enable_indexscan;
RESET enable_indexonlyscan;
CREATE INDEX kept_wide ON indexed (a, b, c);
SELECT pg_temp.write_counters();

BEGIN;
SELECT plan(18);
SET LOCAL stats_fetch_consistency = snapshot;
CREATE FUNCTION pg_temp.advice(p_kind text, p_bytes bigint DEFAULT 100000, p_age interval DEFAULT '0')
RETURNS TABLE (object text, severity text, evidence jsonb, reason text, statement text) LANGUAGE sql AS $$
    SELECT r.object, r.severity, r.evidence, r.reason, r.statement
      FROM domainflow.generate_optimization_recommendations(p_bytes, p_age) AS r
     WHERE r.kind = p_kind AND r.object ^@ 'advice_statistics.'
$$;

SELECT results_eq($$SELECT a.object, a.severity FROM pg_temp.advice('sequential_scan') AS a$$,
                  $$VALUES ('advice_statistics.ranged_scanned', 'low'), ('advice_statistics.scanned', 'low')$$,
                  'large tables that are read from end to end, not the small one; partitions are one table, and five scans of it are five');
SELECT is_empty($$SELECT * FROM pg_temp.advice('sequential_scan', 1000000)$$, 'not below the size asked for');
SELECT results_eq($$SELECT a.severity FROM pg_temp.advice('sequential_scan', 10000) AS a WHERE a.object = 'advice_statistics.scanned'$$,
                  $$VALUES ('medium')$$, 'ten times the size');
SELECT is_empty($$SELECT * FROM pg_temp.advice('sequential_scan', 0) AS a WHERE a.object ~ 'looked_up'$$, 'three scans are no pattern');
SELECT is((a.evidence ->> 'seq_scan')::bigint >= 12 AND (a.evidence ->> 'seq_tup_read')::bigint >= 60000
          AND (a.evidence ->> 'estimated_rows')::bigint = 5000 AND a.evidence ? 'statistics_since', true, 'evidence')
  FROM pg_temp.advice('sequential_scan') AS a WHERE a.object = 'advice_statistics.scanned';
SELECT domainflow.record_query_performance('SELECT count(*) FROM advice_statistics.scanned WHERE "Value" = 5', 50);
SELECT results_eq(a.statement, $$VALUES (domainflow.query_fingerprint('SELECT count(*) FROM advice_statistics.scanned WHERE "Value" = 1'),
                                         1::bigint, 50::double precision,
                                         'SELECT count(*) FROM advice_statistics.scanned WHERE "Value" = 5')$$,
                  'the statement finds the recorded queries behind it')
  FROM pg_temp.advice('sequential_scan') AS a WHERE a.object = 'advice_statistics.scanned';

SELECT set_eq($$SELECT a.object FROM pg_temp.advice('unused_index') AS a$$,
              $$VALUES ('advice_statistics."unused B"'), ('advice_statistics.ranged_unused')$$,
              'left alone: used, unique, constraint, replica identity, foreign key, clustered, invalid, kept for a duplicate, partitions');
SELECT is(a.statement, 'DROP INDEX CONCURRENTLY advice_statistics."unused B";', 'the statement')
  FROM pg_temp.advice('unused_index') AS a WHERE a.object ~ 'unused B';
SELECT is(a.statement, 'DROP INDEX advice_statistics.ranged_unused;', 'a partitioned index takes no CONCURRENTLY')
  FROM pg_temp.advice('unused_index') AS a WHERE a.object ~ 'ranged_unused';
SELECT is((a.evidence ->> 'index_bytes')::bigint,
          pg_relation_size('ranged_a_w_idx') + pg_relation_size('ranged_b_w_idx'), 'its size is that of its partitions')
  FROM pg_temp.advice('unused_index') AS a WHERE a.object ~ 'ranged_unused';
SELECT is(a.evidence - '{definition,index_bytes,statistics_since,statistics_since_is_server_start}'::text[],
          '{"table": "advice_statistics.indexed", "idx_scan": 0, "standbys": 0}', 'evidence')
  FROM pg_temp.advice('unused_index') AS a WHERE a.object ~ 'unused B';
SELECT ok((a.evidence ->> 'statistics_since')::timestamptz
              = (SELECT COALESCE(d.stats_reset, pg_postmaster_start_time()) FROM pg_stat_database AS d WHERE d.datname = current_database())
          AND (a.evidence ->> 'statistics_since_is_server_start')::boolean
              = (SELECT d.stats_reset IS NULL FROM pg_stat_database AS d WHERE d.datname = current_database()),
          'the age of the statistics is stated')
  FROM pg_temp.advice('unused_index') AS a WHERE a.object ~ 'unused B';
SELECT is_empty($$SELECT * FROM pg_temp.advice('unused_index', p_age => interval '100 years')$$, 'young statistics prove nothing');
SELECT is_empty($$SELECT * FROM pg_temp.advice('unused_index', 10000000)$$, 'small tables are left alone');
SELECT is_empty($$SELECT * FROM domainflow._user_tables() AS t WHERE t.name ~ '^(pg_|information_schema)' OR t.name ~ '^domainflow[.].*_[0-9]{4}_[0-9]{2}$'$$,
                'no system tables, no run-time partitions');

SET LOCAL ROLE domainflow_reader;
SELECT isnt_empty('SELECT * FROM domainflow.generate_optimization_recommendations(100000, ''0'')', 'a reader may ask');
RESET ROLE;
SET LOCAL ROLE domainflow_app;
SELECT throws_ok('SELECT * FROM domainflow.generate_optimization_recommendations()', '42501', NULL, 'the application may not');
RESET ROLE;
SELECT throws_ok('SELECT * FROM domainflow.generate_optimization_recommendations(-1)', 'DF204', NULL, 'negative size');

SELECT * FROM finish();
ROLLBACK;
DROP SCHEMA advice_statistics CASCADE;
