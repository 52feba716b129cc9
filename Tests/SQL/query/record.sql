-- Recording statements and finding the slow ones.
BEGIN;
SELECT plan(38);

-- Shapes are in normalize.sql.
SELECT is(domainflow.query_fingerprint('SELECT  a FROM t WHERE b=2'), domainflow.query_fingerprint('select a from T where b = 1 -- x'),
          'same shape, same fingerprint');
SELECT isnt(domainflow.query_fingerprint('SELECT a FROM t'), domainflow.query_fingerprint('SELECT b FROM t'), 'another shape, another one');
SELECT matches(domainflow.query_fingerprint('SELECT 1'), '^[0-9a-f]{16}$', 'sixteen hexadecimal digits');
SELECT is(domainflow.query_fingerprint('SELECT 1'), 'e1c71d1661ae46e0', 'the same on every server');
SELECT is(domainflow.query_fingerprint(NULL), NULL, 'null for null');
SELECT is((SELECT provolatile FROM pg_proc WHERE oid = 'domainflow.normalize_query(text)'::regprocedure), 'i', 'normalize_query is immutable');

-- Recording.
SET LOCAL domainflow.correlation_id = 'corr-q';
CREATE TEMPORARY TABLE seen (position bigint, id uuid) ON COMMIT DROP;
GRANT ALL ON seen TO PUBLIC;
SET LOCAL ROLE domainflow_app;
INSERT INTO seen
SELECT 1, domainflow.record_query_performance('SELECT pg_temp.one(1)', 12.5, 3, 'op', '00000000-0000-0000-0000-000000000001');
INSERT INTO seen
SELECT 1 + r.position, r.id
  FROM domainflow.record_query_performances(
           ARRAY['SELECT pg_temp.one(2)', 'SELECT pg_temp.one(3)', repeat('x', 5000)], ARRAY[500, 100.5, 1], ARRAY[0, NULL, 7], NULL, NULL)
       WITH ORDINALITY AS r (id, position);
SELECT throws_ok('SELECT * FROM domainflow.query_performance_metrics', '42501', NULL, 'the application cannot read what others recorded');
SELECT throws_ok('SELECT * FROM domainflow.get_slow_queries()', '42501', NULL, 'nor ask for it');
RESET ROLE;
SELECT results_eq(
    $$SELECT s.position, m.query, m.duration_ms, m.row_count, m.operation_name, m.campaign_id, m.correlation_id,
             m.transaction_id = pg_current_xact_id()
        FROM domainflow.query_performance_metrics AS m JOIN seen AS s USING (id) ORDER BY s.position$$,
    $$VALUES (1::bigint, 'SELECT pg_temp.one(1)', 12.5::double precision, 3::bigint, 'op',
              '00000000-0000-0000-0000-000000000001'::uuid, 'corr-q', true),
             (2, 'SELECT pg_temp.one(2)', 500, 0, NULL, NULL, 'corr-q', true),
             (3, 'SELECT pg_temp.one(3)', 100.5, NULL, NULL, NULL, 'corr-q', true),
             (4, repeat('x', 4000), 1, 7, NULL, NULL, 'corr-q', true)$$, 'what was recorded, ids in input order, text cut at 4000');
SELECT is_empty($$SELECT domainflow.record_query_performances('{}', '{}')$$, 'an empty batch writes nothing');
SELECT throws_ok($$SELECT domainflow.record_query_performance(NULL, 1)$$, 'DF202', NULL, 'no text');
SELECT throws_ok($$SELECT domainflow.record_query_performance(' ', 1)$$, 'DF202', NULL, 'blank text');
SELECT throws_ok($$SELECT domainflow.record_query_performance('SELECT 1', NULL)$$, 'DF202', NULL, 'no duration');
SELECT throws_ok($$SELECT domainflow.record_query_performance('SELECT 1', -1)$$, 'DF204', NULL, 'negative duration');
SELECT throws_ok($$SELECT domainflow.record_query_performance('SELECT 1', 'NaN')$$, 'DF204', NULL, 'no number');
SELECT throws_ok($$SELECT domainflow.record_query_performance('SELECT 1', 1, -1)$$, 'DF204', NULL, 'negative rows');
SELECT throws_ok($$SELECT domainflow.record_query_performances('{SELECT 1,SELECT 2}', '{1}')$$, 'DF202', NULL, 'arrays of two lengths');

SELECT throws_ok($$SELECT domainflow.record_query_performance('SELECT 1', 1, 1, repeat('x', 201))$$, 'DF204', NULL, 'a long operation name');
SELECT throws_ok($$SELECT domainflow.record_query_performance(repeat('x', 1000001), 1)$$, 'DF204', NULL, 'a very long text');
SELECT throws_ok($$SELECT domainflow.record_query_performances(array_fill('x'::text, ARRAY[1001]), array_fill(1::float8, ARRAY[1001]))$$, 'DF204', NULL,
                 'a large batch');
SELECT is(count(*), 4::bigint, 'the login that recorded is kept') FROM domainflow.query_performance_metrics AS m JOIN seen AS s USING (id)
 WHERE m.session_role = session_user;
SET LOCAL ROLE domainflow_app;
SELECT throws_ok($$INSERT INTO domainflow.query_performance_metrics (id, recorded_at, fingerprint, query, duration_ms)
                   VALUES (gen_random_uuid(), now(), 'x', 'x', 1)$$, '42501', NULL, 'the application writes through functions only');
RESET ROLE;

-- The slow ones.
SET LOCAL ROLE domainflow_reader;
SELECT results_eq(
    $$SELECT s.query, s.calls, s.total_ms, round(s.mean_ms::numeric, 2), round(s.p95_ms::numeric, 2), s.max_ms, s.last_seen <= clock_timestamp()
        FROM domainflow.get_slow_queries() AS s WHERE s.fingerprint = domainflow.query_fingerprint('SELECT pg_temp.one(9)')$$,
    $$VALUES ('SELECT pg_temp.one(3)', 3::bigint, 613::double precision, 204.33, 460.05, 500::double precision, true)$$,
    'quick executions of a slow statement count, its latest text is shown');
SELECT is_empty($$SELECT * FROM domainflow.get_slow_queries(501) AS s WHERE s.query LIKE '%pg_temp.one%'$$, 'threshold');
SELECT isnt_empty($$SELECT * FROM domainflow.get_slow_queries(500) AS s WHERE s.query LIKE '%pg_temp.one%'$$, 'threshold included');
SELECT throws_ok('SELECT * FROM domainflow.get_slow_queries(-1)', 'DF204', NULL, 'negative threshold');
SELECT throws_ok('SELECT * FROM domainflow.get_slow_queries(1, 0)', 'DF204', NULL, 'no window');
SELECT throws_ok('SELECT * FROM domainflow.get_slow_queries(1, 1, NULL)', 'DF204', NULL, 'no limit');
RESET ROLE;
UPDATE domainflow.query_performance_metrics AS m SET recorded_at = m.recorded_at - interval '25 hours' WHERE m.duration_ms = 500;
SELECT results_eq(
    $$SELECT s.calls FROM domainflow.get_slow_queries() AS s WHERE s.query LIKE '%pg_temp.one%'$$, $$VALUES (2::bigint)$$, 'a day by default');
SELECT results_eq(
    $$SELECT s.calls FROM domainflow.get_slow_queries(100, 26) AS s WHERE s.query LIKE '%pg_temp.one%'$$, $$VALUES (3::bigint)$$,
    'a wider window');
SELECT domainflow.record_query_performance('SELECT pg_temp.two()', 1e9);
SELECT results_eq('SELECT s.query FROM domainflow.get_slow_queries(p_limit => 1) AS s', $$VALUES ('SELECT pg_temp.two()')$$,
                  'the greatest total first, as many as asked for');

-- Advice on them names the fingerprint, never the text; see explain.sql.
SELECT results_eq(
    $$SELECT r.kind, r.severity, r.statement, r.evidence ->> 'calls', r.evidence ->> 'query'
        FROM domainflow.generate_optimization_recommendations() AS r
       WHERE r.object = domainflow.query_fingerprint('SELECT pg_temp.two()')$$,
    format($$VALUES ('slow_query', 'high', 'SELECT * FROM domainflow.explain_query(''%s'');', '1', 'SELECT pg_temp.two()')$$,
           domainflow.query_fingerprint('SELECT pg_temp.two()')), 'a slow statement is named by its fingerprint');
SELECT throws_ok($$SELECT domainflow.record_query_performances(NULL, '{}')$$, 'DF202', NULL, 'no array of statements');
SELECT throws_ok($$SELECT domainflow.record_query_performances('{}', NULL)$$, 'DF202', NULL, 'no array of durations');
SELECT throws_ok('SELECT domainflow.record_query_performances(NULL, NULL)', 'DF202', NULL, 'a batch of nulls is no execution');
SELECT throws_ok($$SELECT domainflow.record_query_performances('{SELECT 1,SELECT 2}', '{1,2}', '{3}')$$, 'DF201', NULL, 'a number of rows is missing');
SELECT throws_ok($$SELECT domainflow.record_query_performances('{SELECT 1}', '{1}', p_operation_names => '{}')$$, 'DF201', NULL, 'an operation name is missing');
SELECT is(count(*), 2::bigint, 'arrays of two dimensions are read as a row') FROM domainflow.record_query_performances('{{SELECT 1,SELECT 2}}', '{{1,2}}');

SELECT * FROM finish();
ROLLBACK;
