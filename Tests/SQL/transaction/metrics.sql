-- Transaction metrics: single, batch, statistics.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(41);
SET LOCAL domainflow.correlation_id = 'trail-1';

SELECT isnt(domainflow.record_transaction_metric('pay', '00000000-0000-0000-0000-000000000001', 10, true, NULL, 2, 'Serializable'), NULL, 'recorded');
SELECT results_eq('SELECT operation_name, campaign_id, duration_ms, success, error_message, retry_count, isolation_level, transaction_id, correlation_id
                     FROM domainflow.transaction_metric',
    $$VALUES ('pay', '00000000-0000-0000-0000-000000000001'::uuid, 10::float8, true, NULL::text, 2, 'serializable', pg_current_xact_id(), 'trail-1')$$,
    'what was recorded');
SELECT isnt(domainflow.record_transaction_metric('pay', NULL, 0, false, 'boom', NULL), NULL, 'a null retry count');
SELECT is((SELECT retry_count FROM domainflow.transaction_metric WHERE NOT success), 0, 'is 0');
SELECT throws_ok($$SELECT domainflow.record_transaction_metric(NULL, NULL, 1, true)$$, 'DF202', NULL, 'no operation name');
SELECT throws_ok($$SELECT domainflow.record_transaction_metric('', NULL, 1, true)$$, 'DF202', NULL, 'an empty operation name');
SELECT throws_ok($$SELECT domainflow.record_transaction_metric('x', NULL, NULL, true)$$, 'DF202', NULL, 'no duration');
SELECT throws_ok($$SELECT domainflow.record_transaction_metric('x', NULL, 1, NULL)$$, 'DF202', NULL, 'no outcome');
SELECT throws_ok($$SELECT domainflow.record_transaction_metric('x', NULL, -1, true)$$, 'DF204', NULL, 'a negative duration');
SELECT throws_ok($$SELECT domainflow.record_transaction_metric('x', NULL, 'NaN', true)$$, 'DF204', NULL, 'a duration that is no number');
SELECT throws_ok($$SELECT domainflow.record_transaction_metric('x', NULL, 'Infinity', true)$$, 'DF204', NULL, 'an endless duration');
SELECT throws_ok($$SELECT domainflow.record_transaction_metric('x', NULL, 1, true, NULL, -1)$$, 'DF204', NULL, 'negative retries');
SELECT throws_ok($$SELECT domainflow.record_transaction_metric('x', NULL, 1, true, NULL, 0, 'chaos')$$, 'DF201', NULL, 'an unknown isolation level');

CREATE TEMPORARY TABLE batch AS
SELECT id, place FROM domainflow.record_transaction_metrics('{b,c,b}', NULL, '{30,20,10}', '{true,false,true}', ARRAY[NULL, 'bad', NULL],
                                                        ARRAY[0, 3, NULL])
       WITH ORDINALITY AS b (id, place);
SELECT results_eq('SELECT m.operation_name, m.duration_ms, m.error_message, m.retry_count
                     FROM batch AS b JOIN domainflow.transaction_metric AS m ON m.metric_id = b.id ORDER BY b.place',
    $$VALUES ('b', 30::float8, NULL, 0), ('c', 20, 'bad', 3), ('b', 10, NULL, 0)$$, 'a batch: ids in the order of the arrays');
SELECT is((SELECT count(*) FROM domainflow.record_transaction_metrics('{}', NULL, '{}', '{}')), 0::bigint, 'an empty batch');
SELECT is((SELECT count(*) FROM domainflow.record_transaction_metrics('{d}', '{00000000-0000-0000-0000-000000000001}', '{1}', '{t}', NULL, NULL, '{READ COMMITTED}')),
          1::bigint, 'with campaigns and isolation levels');
SELECT throws_ok($$SELECT domainflow.record_transaction_metrics('{a,b}', NULL, '{1}', '{t,t}')$$, 'DF201', NULL, 'arrays of different lengths');
SELECT throws_ok($$SELECT domainflow.record_transaction_metrics('{a}', NULL, '{1}', NULL)$$, 'DF202', NULL, 'a required array that is null');
SELECT throws_ok('SELECT domainflow.record_transaction_metrics(NULL, NULL, NULL, NULL)', 'DF202', NULL, 'all of them null: nothing was measured');
SELECT throws_ok($$SELECT domainflow.record_transaction_metrics('{a}', '{}', '{1}', '{t}')$$, 'DF201', NULL, 'an optional array that is too short');
SELECT throws_ok($$SELECT domainflow.record_transaction_metrics('{a,b}', NULL, '{1,-1}', '{t,t}')$$, 'DF204', NULL, 'one bad row refuses the batch');
SELECT is((SELECT count(*) FROM domainflow.transaction_metric WHERE operation_name = 'a'), 0::bigint, 'as a whole');

INSERT INTO domainflow.transaction_metric (metric_id, operation_name, duration_ms, success, retry_count, recorded_at)
SELECT gen_random_uuid(), 'old', 1, true, 0, clock_timestamp() - interval '25 hours';
INSERT INTO domainflow.transaction_metric (metric_id, operation_name, duration_ms, success, retry_count)
SELECT gen_random_uuid(), 'many', i, i % 10 <> 0, i % 2 FROM generate_series(1, 101) AS i;
SELECT results_eq($$SELECT * FROM domainflow.get_transaction_performance_stats('many')$$,
    $$VALUES ('many', 101::bigint, 91::bigint, 10::bigint, 51::float8, 101::float8, 1::float8, 51 / 101.0::float8, 51::float8, 96::float8, 100::float8)$$,
    'counts, mean, extremes, retries and percentiles');
SELECT results_eq('SELECT operation_name FROM domainflow.get_transaction_performance_stats()', ARRAY['b', 'c', 'd', 'many', 'pay'],
                  'every operation of the last 24 hours, by name');
SELECT results_eq($$SELECT operation_name FROM domainflow.get_transaction_performance_stats(p_campaign_id => '00000000-0000-0000-0000-000000000001')$$,
                  ARRAY['d', 'pay'], 'those of one campaign');
SELECT is((SELECT total FROM domainflow.get_transaction_performance_stats('old', p_hours_back => 26)), 1::bigint, 'further back');
SELECT is_empty($$SELECT * FROM domainflow.get_transaction_performance_stats('none')$$, 'an unknown operation has no row');
SELECT throws_ok(format('SELECT domainflow.get_transaction_performance_stats(p_hours_back => %L)', h), 'DF204', NULL, 'hours back: ' || COALESCE(h, 'null'))
  FROM (VALUES (NULL), ('0'), ('-1'), ('NaN'), ('1e9')) AS v (h);

SET LOCAL ROLE domainflow_reader;
SELECT count(*) AS n FROM domainflow.get_transaction_performance_stats() \gset reader_
RESET ROLE;
SELECT is(:reader_n, 5, 'a reader sees the statistics');
SET LOCAL ROLE domainflow_app;
SELECT domainflow.record_transaction_metric('app', NULL, 1, true) AS id \gset app_
RESET ROLE;
SELECT ok(:'app_id' IS NOT NULL, 'the application records');

-- Nothing can be forged.
SET LOCAL ROLE domainflow_app;
SELECT throws_ok($$INSERT INTO domainflow.transaction_metric (metric_id, operation_name, duration_ms, success, retry_count)
                   VALUES (gen_random_uuid(), 'forged', 1, true, 0)$$, '42501', NULL, 'the application writes through functions only');
SELECT throws_ok($$INSERT INTO domainflow.transaction_metric_default (metric_id, operation_name, duration_ms, success, retry_count)
                   VALUES (gen_random_uuid(), 'forged', 1, true, 0)$$, '42501', NULL, 'not into a partition either');
SELECT throws_ok($$SELECT domainflow._check_transaction_metric('x', 1, true, 0, NULL, NULL, NULL)$$, '42501', NULL, 'what is internal is not its');
RESET ROLE;
SELECT is(m.correlation_id, 'trail-1', 'the correlation id is the session''s') FROM domainflow.transaction_metric AS m WHERE m.metric_id = :'app_id';
-- A hot function has no search_path of its own: what a caller puts in front of pg_catalog must not be used.
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE FUNCTION evil.eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured by %', current_user; END $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured by %', current_user; END $$;
CREATE DOMAIN evil.uuid AS text;
CREATE DOMAIN evil.text AS pg_catalog.text CHECK (false);
CREATE DOMAIN evil.integer AS pg_catalog.int4 CHECK (false);
SET LOCAL ROLE domainflow_app;
SET LOCAL search_path = evil, pg_catalog, public;
SELECT pg_catalog.count(domainflow.record_transaction_metric('x', NULL, 1, true, 'e', 0, 'Serializable')) AS single \gset
SELECT pg_catalog.count(*) AS batch FROM domainflow.record_transaction_metrics('{x}', NULL, '{1}', '{t}', '{e}', '{0}', '{SERIALIZABLE}') \gset
SELECT domainflow.record_transaction_counts('{x}', NULL, '{1}', '{t}', '{e}', '{0}', '{SERIALIZABLE}', '{c}', '{2}') AS counts \gset
SET LOCAL search_path = public;
RESET ROLE;
SELECT is(ARRAY[:single, :batch, :counts], ARRAY[1, 1, 2], 'none of the three is captured');
SELECT throws_ok(format('SELECT domainflow.record_transaction_metric(%s)', a.args), 'DF204', NULL, a.why)
  FROM (VALUES ($$repeat('x', 201), NULL, 1, true$$, 'a long name'), ($$'x', NULL, 1, true, repeat('x', 10001)$$, 'a long message')) AS a (args, why);

SELECT * FROM finish();
ROLLBACK;
