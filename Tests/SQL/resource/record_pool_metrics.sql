-- Pool metrics: what is recorded, what is refused, who may do what, and where the rows go.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(48);
SET LOCAL domainflow.correlation_id = 'corr-p';
SET LOCAL application_name = 'shop';

-- A call with some of its arguments replaced: pg_temp.record('{"p_idle": "-1"}').
CREATE FUNCTION pg_temp.record(p_changes jsonb DEFAULT '{}') RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_arguments jsonb := jsonb_build_object(
        'p_pool_name', 'orders', 'p_max_connections', 20, 'p_in_use', 18, 'p_idle', 1, 'p_connecting', 1, 'p_waiting', 7,
        'p_interval_ms', 10000, 'p_leases', 100, 'p_timeouts', 2, 'p_cancelled', 3, 'p_created', 4, 'p_connect_failures', 5,
        'p_leaks', 1, 'p_closed', '{"idle": 2}'::jsonb, 'p_wait_avg_ms', 1.5, 'p_wait_p95_ms', 10, 'p_wait_p99_ms', 20,
        'p_wait_max_ms', 30.5, 'p_wait_buckets', '{90,0,0,0,0,10,0,0,0,0,0,0,0,0,0,0,0}') || p_changes;
    v_id uuid;
BEGIN
    EXECUTE 'SELECT domainflow.record_pool_metrics(' ||
            (SELECT string_agg(format('%I => %L', a.name, a.value), ', ') FROM jsonb_each_text(v_arguments) AS a (name, value)) || ')'
       INTO v_id;
    RETURN v_id;
END
$$;
-- All refusals: the arguments that are wrong, and the SQLSTATE.
CREATE FUNCTION pg_temp.refuses(p_changes jsonb, p_sqlstate text) RETURNS text LANGUAGE sql AS $$
    SELECT throws_ok(format('SELECT pg_temp.record(%L)', p_changes), p_sqlstate, NULL, 'refused with ' || p_sqlstate || ': ' || left(p_changes::text, 60))
$$;

CREATE TEMPORARY TABLE seen AS SELECT pg_temp.record() AS id;
SELECT results_eq(
    $$SELECT pool_name, instance, max_connections, in_use, idle, connecting, waiting, interval_ms, leases, timeouts, cancelled, created,
             connect_failures, leaks, closed, wait_avg_ms, wait_p95_ms, wait_p99_ms, wait_max_ms, wait_buckets, application_name,
             transaction_id = pg_current_xact_id(), correlation_id, recorded_at BETWEEN now() AND clock_timestamp()
        FROM domainflow.database_performance_metrics JOIN seen USING (id)$$,
    $$VALUES ('orders', NULL::text, 20, 18, 1, 1, 7, 10000::float8, 100::bigint, 2::bigint, 3::bigint, 4::bigint, 5::bigint, 1::bigint,
              '{"idle": 2}'::jsonb, 1.5::float8, 10::float8, 20::float8, 30.5::float8,
              '{90,0,0,0,0,10,0,0,0,0,0,0,0,0,0,0,0}'::bigint[], 'shop', true, 'corr-p', true)$$, 'what was recorded');
SELECT isnt(pg_temp.record('{"p_instance": "web-1:42"}'), NULL, 'from a process that says which it is');
SELECT is((SELECT m.instance FROM domainflow.database_performance_metrics AS m WHERE m.instance IS NOT NULL), 'web-1:42', 'with the instance');
SELECT isnt(pg_temp.record('{"p_leases": 0, "p_wait_buckets": "{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}", "p_wait_avg_ms": 0, "p_wait_p95_ms": 0,
                             "p_wait_p99_ms": 0, "p_wait_max_ms": 0, "p_closed": {}}'), NULL, 'a pool that nobody used');

SELECT pg_temp.refuses(c.changes, 'DF202') FROM (VALUES
    ('{"p_pool_name": ""}'::jsonb), ('{"p_pool_name": null}'), ('{"p_in_use": null}'), ('{"p_interval_ms": null}'), ('{"p_leases": null}'),
    ('{"p_closed": null}'), ('{"p_wait_max_ms": null}'), ('{"p_wait_buckets": null}')) AS c (changes);
SELECT pg_temp.refuses(c.changes, 'DF201') FROM (VALUES
    ('{"p_closed": []}'::jsonb), ('{"p_wait_buckets": "{100}"}'), ('{"p_wait_buckets": "{}"}')) AS c (changes);
SELECT throws_ok($$SELECT domainflow.record_pool_metrics('p', 8, 3, 2, 0, 0, 60000, 100, 0, 0, 0, 0, 0, '{}', 0, 0, 0, 0,
                              array_cat(ARRAY[90, NULL, 10], array_fill(0::bigint, ARRAY[14])))$$, 'DF201', NULL, 'a bucket without a count');
SELECT pg_temp.refuses(c.changes, 'DF204') FROM (VALUES
    ('{"p_in_use": -1}'::jsonb), ('{"p_idle": 2}'), ('{"p_in_use": 2147483647}'), ('{"p_waiting": -1}'), ('{"p_interval_ms": -1}'),
    ('{"p_interval_ms": "Infinity"}'), ('{"p_interval_ms": "NaN"}'), ('{"p_leases": 99}'), ('{"p_timeouts": -1}'), ('{"p_leaks": -1}'),
    ('{"p_wait_avg_ms": -1}'), ('{"p_wait_p99_ms": 31}'), ('{"p_wait_max_ms": "Infinity"}'),
    ('{"p_wait_buckets": "{110,0,0,0,0,-10,0,0,0,0,0,0,0,0,0,0,0}"}')) AS c (changes);
SELECT is(count(*), 3::bigint, 'nothing else was recorded') FROM domainflow.database_performance_metrics;

-- The application records and does not read; the reader reads and does not record.
SET LOCAL ROLE domainflow_app;
SELECT isnt(pg_temp.record(), NULL, 'the application records');
SELECT throws_ok('SELECT * FROM domainflow.database_performance_metrics', '42501', NULL, 'it does not read');
SET LOCAL ROLE domainflow_reader;
SELECT isnt_empty('SELECT * FROM domainflow.database_performance_metrics', 'the reader reads');
SELECT throws_ok('SELECT pg_temp.record()', '42501', NULL, 'it does not record');
RESET ROLE;
SELECT ok(NOT has_function_privilege('public', p.oid, 'EXECUTE'), 'not for everybody') FROM pg_proc AS p
 WHERE p.pronamespace = 'domainflow'::regnamespace AND p.proname = 'record_pool_metrics';
SELECT bag_has($$SELECT table_name FROM domainflow._monthly_tables()$$, $$VALUES ('database_performance_metrics')$$,
               'ensure_partitions takes care of the table');

SET LOCAL ROLE domainflow_app;
SELECT throws_ok('INSERT INTO domainflow.database_performance_metrics SELECT * FROM domainflow.database_performance_metrics', '42501', NULL,
                 'the application writes through the function only');
RESET ROLE;
SELECT throws_ok($$SELECT domainflow.record_pool_metrics('p', 8, 3, 2, 0, 0, 60000, 0, 0, 0, 0, 0, 0, '{}', 0, 0, 0, 0, array_fill(0::bigint, ARRAY[1, 17]))$$,
                 'DF201', NULL, 'buckets of two dimensions');
-- What is at its limit passes, what is beyond it is refused: names in characters, reasons in bytes; a pool may have and count nothing.
CREATE FUNCTION pg_temp.closed(p_bytes integer) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('idle', repeat('x', p_bytes - octet_length('{"idle": ""}')))
$$;
SELECT isnt(pg_temp.record(c.changes), NULL, c.what || ' at its limit')
  FROM (VALUES (jsonb_build_object('p_pool_name', repeat(chr(228), 200)), 'a name'), (jsonb_build_object('p_instance', repeat(chr(228), 200)), 'an instance'),
               (jsonb_build_object('p_closed', pg_temp.closed(10000)), 'the size of reasons'), ('{"p_interval_ms": 0}', 'the interval'),
               ('{"p_in_use": 0, "p_idle": 0, "p_connecting": 0, "p_waiting": 0}', 'what a pool has'),
               ('{"p_in_use": 19, "p_idle": 0, "p_wait_p99_ms": 30.5}', 'what it uses')) AS c (changes, what);
SELECT pg_temp.refuses(c.changes, 'DF204')
  FROM (VALUES (jsonb_build_object('p_pool_name', repeat('x', 201))), (jsonb_build_object('p_instance', repeat('x', 201))),
               (jsonb_build_object('p_closed', pg_temp.closed(10001)))) AS c (changes);

SELECT * FROM finish();
ROLLBACK;
