-- Metrics that stand for many transactions: recorded, refused, and weighed in the statistics.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(15);

SELECT is(domainflow.record_transaction_counts('{pay,pay}', NULL, '{10,20}', '{t,f}', ARRAY[NULL, 'boom'], '{0,2}', ARRAY[NULL, 'Serializable'],
                                                    ARRAY[NULL, 'r-1'], '{97,3}'),
          100::bigint, 'recorded: all transactions of all rows');
SELECT results_eq('SELECT duration_ms, success, error_message, retry_count, isolation_level, correlation_id, transactions
                     FROM domainflow.transaction_metric ORDER BY duration_ms',
    $$VALUES (10::float8, true, NULL::text, 0, NULL::text, NULL::text, 97), (20, false, 'boom', 2, 'serializable', 'r-1', 3)$$, 'what was recorded');
SELECT results_eq($$SELECT * FROM domainflow.get_transaction_performance_stats('pay')$$,
    $$VALUES ('pay', 100::bigint, 97::bigint, 3::bigint, 10.3::float8, 20::float8, 10::float8, 0.06::float8, 10::float8, 10::float8, 20::float8)$$,
    'each row weighs as many transactions as it stands for');
SELECT is(domainflow.record_transaction_counts('{}', NULL, '{}', '{}', NULL, NULL, NULL, NULL, '{}'), 0::bigint, 'nothing to record');

-- The same transactions, once singly and once counted.
INSERT INTO domainflow.transaction_metric (metric_id, operation_name, duration_ms, success, retry_count)
SELECT gen_random_uuid(), 'single', sqrt(i), i % 3 <> 0, 0 FROM generate_series(1, 40) AS i, generate_series(1, i % 7 + 1);
SELECT domainflow.record_transaction_counts(
           array_agg('counted'::text), NULL, array_agg(sqrt(i)), array_agg(i % 3 <> 0), NULL, NULL, NULL, NULL, array_agg(i % 7 + 1)) AS n
  FROM generate_series(1, 40) AS i \gset
SELECT is(:n, (SELECT count(*)::int FROM domainflow.transaction_metric WHERE operation_name = 'single'), 'as many counted as single ones');
SELECT results_eq($$SELECT total, successful, failed, round(avg_ms::numeric, 9), max_ms, min_ms, p50_ms, p95_ms, p99_ms
                      FROM domainflow.get_transaction_performance_stats('counted')$$,
                  $$SELECT total, successful, failed, round(avg_ms::numeric, 9), max_ms, min_ms, p50_ms, p95_ms, p99_ms
                      FROM domainflow.get_transaction_performance_stats('single')$$, 'counted and single ones give the same statistics');
SELECT results_eq($$SELECT round(p50_ms::numeric, 9), round(p95_ms::numeric, 9), round(p99_ms::numeric, 9)
                      FROM domainflow.get_transaction_performance_stats('single')$$,
    $$SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms))::numeric, 9),
             round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms))::numeric, 9),
             round((percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms))::numeric, 9)
        FROM domainflow.transaction_metric WHERE operation_name = 'single'$$,
    'and the percentiles are those of percentile_cont');

SELECT throws_ok($$SELECT domainflow.record_transaction_counts('{a}', NULL, '{1}', '{t}', NULL, NULL, NULL, NULL, '{0}')$$, 'DF204', NULL, 'a count of 0');
SELECT throws_ok($$SELECT domainflow.record_transaction_counts('{a}', NULL, '{1}', '{t}', NULL, NULL, NULL, NULL, ARRAY[NULL]::integer[])$$, 'DF204', NULL, 'no count');
SELECT throws_ok($$SELECT domainflow.record_transaction_counts('{a}', NULL, '{-1}', '{t}', NULL, NULL, NULL, NULL, '{1}')$$, 'DF204', NULL, 'a negative duration');
SELECT throws_ok($$SELECT domainflow.record_transaction_counts('{a}', NULL, '{1}', '{t}', NULL, NULL, NULL, NULL, '{1,1}')$$, 'DF201', NULL, 'arrays of different lengths');
SELECT throws_ok($$SELECT domainflow.record_transaction_counts('{a}', NULL, '{1}', '{t}', NULL, NULL, NULL, '{}', '{1}')$$, 'DF201', NULL, 'an optional array that is too short');
SELECT throws_ok('SELECT domainflow.record_transaction_counts(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)', 'DF202', NULL, 'all of them null: nothing was counted');
SELECT is((SELECT count(*) FROM domainflow.transaction_metric WHERE operation_name = 'a'), 0::bigint, 'a refused call leaves nothing');

SET LOCAL ROLE domainflow_app;
SELECT domainflow.record_transaction_counts('{app}', NULL, '{1}', '{t}', NULL, NULL, NULL, NULL, '{5}') AS app_n \gset
RESET ROLE;
SELECT is(:app_n, 5, 'the application records');

SELECT * FROM finish();
ROLLBACK;
