-- Bounds of metrics and statistics: what is at a limit passes, what is beyond it is refused. Characters, not bytes.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(21);

-- A text of that many characters (a-umlaut, of two bytes in UTF-8), and a call that records that many metrics.
CREATE FUNCTION pg_temp.wide(p_characters integer) RETURNS text LANGUAGE sql AS $$SELECT repeat(chr(228), p_characters)$$;
CREATE FUNCTION pg_temp.metrics(p_rows integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM domainflow.record_transaction_metrics(
        array_fill('many'::text, ARRAY[p_rows]), NULL, array_fill(1::float8, ARRAY[p_rows]), array_fill(true, ARRAY[p_rows]))
$$;
CREATE FUNCTION pg_temp.counts(p_rows integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT domainflow.record_transaction_counts(
        array_fill('many'::text, ARRAY[p_rows]), NULL, array_fill(1::float8, ARRAY[p_rows]), array_fill(true, ARRAY[p_rows]), NULL, NULL, NULL,
        NULL, array_fill(1, ARRAY[p_rows]))
$$;
CREATE FUNCTION pg_temp.correlated(p_characters integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT domainflow.record_transaction_counts('{x}', NULL, '{1}', '{t}', NULL, NULL, NULL, ARRAY[pg_temp.wide(p_characters)], '{1}')
$$;

CREATE TEMPORARY TABLE bounded AS
SELECT format(b.call, b.most) AS most, format(b.call, b.beyond) AS beyond, b.what
  FROM (VALUES
    ('SELECT domainflow.record_transaction_metric(pg_temp.wide(%s), NULL, 1, true)', '200', '201', 'an operation name'),
    ($$SELECT domainflow.record_transaction_metric('x', NULL, 1, false, pg_temp.wide(%s))$$, '10000', '10001', 'an error message'),
    ('SELECT pg_temp.correlated(%s)', '200', '201', 'a correlation id'),
    ('SELECT pg_temp.metrics(%s)', '10000', '10001', 'a batch'),
    ('SELECT pg_temp.counts(%s)', '10000', '10001', 'a batch of counts'),
    ('SELECT domainflow.get_transaction_performance_stats(p_hours_back => %s)', '876000', '876000.001', 'hours back')
  ) AS b (call, most, beyond, what);
SELECT lives_ok(b.most, b.what || ' at its limit') FROM bounded AS b;
SELECT throws_ok(b.beyond, 'DF204', NULL, b.what || ' beyond its limit') FROM bounded AS b;

-- The correlation id of the session is cut, not refused; an empty one is none.
DO $$
BEGIN
    FOR i IN 1 .. 3 LOOP
        PERFORM set_config('domainflow.correlation_id', (ARRAY['trail', '', pg_temp.wide(300)])[i], true);
        PERFORM domainflow.record_transaction_metric('single ' || i, NULL, 1, true);
        PERFORM domainflow.record_transaction_metrics(ARRAY['batch ' || i], NULL, '{1}', '{t}');
    END LOOP;
END $$;
SELECT is(m.correlation_id, e.id, format('the correlation id of %s %s', k.kind, e.i))
  FROM (VALUES ('single'), ('batch')) AS k (kind) CROSS JOIN (VALUES (1, 'trail'), (2, NULL), (3, pg_temp.wide(200))) AS e (i, id)
  LEFT JOIN domainflow.transaction_metric AS m ON m.operation_name = format('%s %s', k.kind, e.i);

-- What is exactly as old as was asked for does not count.
DO $$
BEGIN
    INSERT INTO domainflow.transaction_metric (metric_id, operation_name, duration_ms, success, retry_count, recorded_at)
    SELECT gen_random_uuid(), 'old', n, true, 0, statement_timestamp() - interval '1 hour' + n * interval '1 microsecond'
      FROM generate_series(0, 1) AS n;
    CREATE TEMPORARY TABLE recent AS SELECT total, min_ms FROM domainflow.get_transaction_performance_stats('old', p_hours_back => 1);
END $$;
SELECT row_eq('SELECT * FROM recent', ROW(1::bigint, 1::float8), 'the last hour begins after the moment an hour ago');

-- Percentiles between two durations, in whatever order they were recorded.
SELECT domainflow.record_transaction_metrics('{two,two}', NULL, '{20,10}', '{t,t}') AS id \g /dev/null
SELECT domainflow.record_transaction_counts('{ten,ten,ten,ten}', NULL, '{40,30,20,10}', '{t,t,t,t}', NULL, NULL, NULL, NULL, '{1,2,3,4}') AS n \g /dev/null
SELECT results_eq($$SELECT operation_name, round(p50_ms::numeric, 6), round(p95_ms::numeric, 6), round(p99_ms::numeric, 6)
                      FROM domainflow.get_transaction_performance_stats() WHERE operation_name IN ('ten', 'two')$$,
                  $$VALUES ('ten', 20.0, 35.5, 39.1), ('two', 15.0, 19.5, 19.9)$$, 'percentiles are interpolated');

-- Operations come by name, although they are grouped by hashing.
SET LOCAL enable_sort = off;
SET LOCAL enable_incremental_sort = off;
SELECT domainflow.record_transaction_metric('op.' || name, '00000000-0000-0000-0000-000000000002', 1, true) AS id
  FROM unnest('{e,b,h,a,d,g,c,f}'::text[]) AS name \g /dev/null
SELECT results_eq($$SELECT operation_name FROM domainflow.get_transaction_performance_stats(p_campaign_id => '00000000-0000-0000-0000-000000000002')$$,
                  $$SELECT 'op.' || name FROM unnest('{a,b,c,d,e,f,g,h}'::text[]) AS name$$, 'operations come by name');

SELECT * FROM finish();
ROLLBACK;
