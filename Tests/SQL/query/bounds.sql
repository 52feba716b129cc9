-- Recording, slow statements and their advice at each limit and one beyond it; what ties give; what a second row never changes.
BEGIN;
SELECT plan(49);
CREATE FUNCTION pg_temp.try(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE p_sql;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;

SELECT is(pg_temp.try('SELECT domainflow.' || b.call), b.outcome, b.call)
  FROM (VALUES
      ($$record_query_performances(array_fill('x'::text, ARRAY[1000]), array_fill(1::float8, ARRAY[1000]))$$, 'done'),
      ($$record_query_performances(array_fill('x'::text, ARRAY[1001]), array_fill(1::float8, ARRAY[1001]))$$, 'DF204'),
      ($$record_query_performances('{}', array_fill(1::float8, ARRAY[1001]))$$, 'DF204'),
      ($$record_query_performances('{}', '{}', p_rows => array_fill(1::bigint, ARRAY[1001]))$$, 'DF204'),
      ($$record_query_performances('{}', '{}', p_operation_names => array_fill('x'::text, ARRAY[1001]))$$, 'DF204'),
      ($$record_query_performances('{}', '{}', p_campaign_ids => array_fill(gen_random_uuid(), ARRAY[1001]))$$, 'DF204'),
      ($$record_query_performance(repeat('x', 1000000), 1)$$, 'done'),
      ($$record_query_performance(repeat('x', 1000001), 1)$$, 'DF204'),
      ($$record_query_performance('x', 0, 0, repeat('x', 200))$$, 'done'),
      ($$record_query_performance('x', 0, 0, repeat('x', 201))$$, 'DF204'),
      ($$record_query_performance('x', '-1e-300')$$, 'DF204'),
      ($$record_query_performance('x', 1e12)$$, 'done'), ($$record_query_performance('x', 1000000000000.1)$$, 'DF204'),
      ($$record_query_performance('x', 'Infinity')$$, 'DF204'),
      ($$record_query_performance('x', 1, -1)$$, 'DF204'),
      ($$record_query_performance('  ', -1)$$, 'DF202'),
      ('get_slow_queries(0)', 'done'), ($$get_slow_queries('Infinity')$$, 'DF204'), ($$get_slow_queries('NaN')$$, 'DF204'),
      ('get_slow_queries(1, 1e-9)', 'done'), ('get_slow_queries(1, 0)', 'DF204'),
      ('get_slow_queries(1, 8760000)', 'done'), ('get_slow_queries(1, 8760001)', 'DF204'),
      ('get_slow_queries(1, 1, 1)', 'done'), ('get_slow_queries(1, 1, 0)', 'DF204'),
      ('get_slow_queries(1, 1, 10000)', 'done'), ('get_slow_queries(1, 1, 10001)', 'DF204'),
      ($$generate_optimization_recommendations(0, '0', 0)$$, 'done'),
      ($$generate_optimization_recommendations(1000000000000000, '100 years')$$, 'done'),
      ($$generate_optimization_recommendations(1000000000000001)$$, 'DF204'),
      ($$generate_optimization_recommendations(1, '-1 s')$$, 'DF204'), ($$generate_optimization_recommendations(1, '101 years')$$, 'DF204'),
      ($$generate_optimization_recommendations(1, '1 day', -1)$$, 'DF204'),
      ($$generate_optimization_recommendations(1, '1 day', 'Infinity')$$, 'DF204'),
      ($$generate_optimization_recommendations(NULL)$$, 'DF204')) AS b (call, outcome);
SET LOCAL plpgsql.extra_errors = 'too_many_rows';
SELECT is(pg_temp.try($$SELECT domainflow.record_query_performances(ARRAY['x', 'y', ' ', ' '], ARRAY[1, -1, 1, 1])$$), 'DF204',
          'the first bad element decides, under plpgsql''s strictest checks too');
RESET plpgsql.extra_errors;

CREATE FUNCTION pg_temp.detail(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_detail text;
BEGIN
    EXECUTE p_sql;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RETURN v_detail;
END
$$;
SELECT matches(pg_temp.detail($$SELECT domainflow.generate_optimization_recommendations(1, '1 day', 'Infinity')$$), 'min_table_bytes: 1, .*slow_ms: Infinity',
               'the detail names the arguments of what was called');

-- Written as they are, so that times and totals are known.
DELETE FROM domainflow.query_performance_metrics;
CREATE TEMPORARY VIEW past AS SELECT m.query, now() - m.recorded_at AS ago, m.duration_ms AS ms FROM domainflow.query_performance_metrics AS m;
CREATE FUNCTION pg_temp.past() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO domainflow.query_performance_metrics (id, recorded_at, fingerprint, query, duration_ms)
    VALUES (gen_random_uuid(), now() - NEW.ago, domainflow.query_fingerprint(NEW.query), NEW.query, NEW.ms);
    RETURN NEW;
END
$$;
CREATE TRIGGER past INSTEAD OF INSERT ON past FOR EACH ROW EXECUTE FUNCTION pg_temp.past();
CREATE FUNCTION pg_temp.named(p_fingerprint text) RETURNS text LANGUAGE sql AS $$
    SELECT min(q.q) FROM unnest(ARRAY['a', 'b', 'c', 'd', 'e', 'f']) AS q (q) WHERE domainflow.query_fingerprint('SELECT ' || q.q) = p_fingerprint
$$;
INSERT INTO past VALUES ('SELECT a', '1 hour', 300), ('SELECT b', '1 hour', 150), ('SELECT b', '2 hours', 150), ('SELECT  b', '1 min', 1),
    ('SELECT c', '1 min', 500), ('SELECT d', '1 min', 99), ('select C', '1 min', 500), ('SELECT e', '1 hour', 300), ('SELECT a', '61 min', 1000);
SELECT results_eq($$SELECT pg_temp.named(s.fingerprint), s.calls, s.total_ms, s.max_ms FROM domainflow.get_slow_queries(100, 1) AS s$$,
    $$SELECT * FROM (VALUES ('c', 2::bigint, 1000::double precision, 500::double precision), ('a', 1, 300, 300), ('e', 1, 300, 300), ('b', 2, 151, 150)) AS v (n, calls, total, max)
       ORDER BY v.total DESC, domainflow.query_fingerprint('SELECT ' || v.n)$$,
    'what is just in the window, once each, by total and fingerprint');
SELECT results_eq(format('SELECT pg_temp.named(s.fingerprint) FROM domainflow.get_slow_queries(100, 1, %s) AS s', n),
    format('SELECT pg_temp.named(s.fingerprint) FROM domainflow.get_slow_queries(100, 1) WITH ORDINALITY AS s LIMIT %s', n), 'the first ' || n)
  FROM generate_series(1, 3) AS n;
SELECT results_eq($$SELECT s.query FROM domainflow.get_slow_queries(100, 1) AS s WHERE pg_temp.named(s.fingerprint) = 'b'$$,
    $$VALUES ('SELECT  b')$$, 'the latest text');
SELECT is_empty($$SELECT s.query FROM domainflow.get_slow_queries(0, 1) AS s WHERE s.fingerprint <> domainflow.query_fingerprint(s.query)$$, 'and its own');
SELECT is(count(*), 0::bigint, 'the threshold is the longest execution''s') FROM domainflow.get_slow_queries(501, 1);
SELECT is(count(*), 1::bigint, 'and included') FROM domainflow.get_slow_queries(500, 1);
SELECT is((SELECT string_agg(pg_temp.named(s.fingerprint), ' ') FROM domainflow.get_slow_queries(0, 0.5) AS s), 'c d b', 'the window ends where it is told to');

DELETE FROM domainflow.query_performance_metrics;
INSERT INTO past VALUES ('SELECT a', '1 hour', 1000), ('SELECT b', '1 hour', 999), ('SELECT c', '1 hour', 100), ('SELECT d', '1 hour', 100);
INSERT INTO past SELECT 'SELECT d', '1 hour', 1 FROM generate_series(1, 40);
SELECT results_eq($$SELECT pg_temp.named(r.object), r.severity FROM domainflow.generate_optimization_recommendations(1000000000000000) AS r
                     WHERE r.kind = 'slow_query' ORDER BY 1$$,
                  $$VALUES ('a', 'high'), ('b', 'medium'), ('c', 'medium'), ('d', 'low')$$, 'severity: ten times the limit, the limit, or below it mostly');
SELECT results_eq($$SELECT r.severity FROM domainflow.generate_optimization_recommendations(1000000000000000) AS r WHERE r.kind = 'slow_query'$$,
                  $$VALUES ('high'), ('medium'), ('medium'), ('low')$$, 'the worst come first');
UPDATE domainflow.query_performance_metrics SET fingerprint = 'x''; --' WHERE duration_ms = 1000;
SELECT results_eq($$SELECT r.object, r.statement FROM domainflow.generate_optimization_recommendations(1000000000000000) AS r WHERE r.severity = 'high'
                      AND r.kind = 'slow_query'$$, $$VALUES ('x''; --', NULL::text)$$, 'no statement for what only stands where fingerprints do');

SELECT * FROM finish();
ROLLBACK;
