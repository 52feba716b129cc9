-- _plan_request(): the latest text of the login that asks, and no text with a refusal; what a plan shows of it.
BEGIN;
SELECT plan(20);
SET LOCAL standard_conforming_strings = on;
CREATE ROLE plan_one LOGIN;
CREATE ROLE plan_two LOGIN;
GRANT domainflow_app TO plan_one, plan_two;
INSERT INTO domainflow.query_performance_metrics (id, recorded_at, fingerprint, query, duration_ms, session_role)
SELECT gen_random_uuid(), now() - t.ago, domainflow.query_fingerprint(t.query), t.query, 1, t.who
  FROM (VALUES
      ('plan_one', interval '3 min', 'SELECT 1'), ('plan_one', '1 min', 'SELECT 2'), ('plan_one', '2 min', 'SELECT 3'), ('plan_two', '0', 'SELECT 4'),
      ('plan_one', '0', 'SELECT oid FROM pg_class'), ('plan_two', '0', 'SELECT 5, 6'),
      ('plan_one', '0', rpad('TABLE pg_class', 3999)), ('plan_one', '0', rpad('TABLE pg_am', 4000)), ('plan_one', '0', 'CALL p()'),
      ('plan_one', '0', 'SELECT a WHERE $1'), ('plan_one', '0', format('SELECT %L AS two, pg_backend_pid()', E'\x1b[31m'))) AS t (who, ago, query);
CREATE FUNCTION pg_temp.request(p_query text, OUT query text, OUT refusal text) LANGUAGE sql AS $$
    SELECT r.query, r.refusal FROM domainflow._plan_request(domainflow.query_fingerprint(p_query), CAST(current_user AS text)) AS r
$$;
GRANT EXECUTE ON FUNCTION pg_temp.request(text) TO PUBLIC;
SELECT is((SELECT query FROM pg_temp.request('SELECT 0')), NULL, 'no text for a superuser');

SET SESSION AUTHORIZATION plan_one;
SET LOCAL statement_timeout = '60s';
SET LOCAL plpgsql.extra_errors = 'too_many_rows';
SELECT results_eq($$SELECT query, refusal FROM pg_temp.request('SELECT 0')$$, $$VALUES ('EXPLAIN (VERBOSE) SELECT 2', NULL::text)$$,
                  'one text, the latest that this login recorded');
SELECT is(length(r.query), length('EXPLAIN (VERBOSE) ') + 3999, 'a text that was not cut off') FROM pg_temp.request('TABLE pg_class') AS r;
SELECT ok(r.query IS NULL AND r.refusal ~ e.refusal, 'no text, since: ' || r.refusal)
  FROM (VALUES ('TABLE pg_am', 'cut off'), ('CALL p()', 'of its kind'), ('SELECT 0, 0', 'recorded by plan_two')) AS e (query, refusal),
       LATERAL pg_temp.request(e.query) AS r;
SELECT ok(CASE WHEN current_setting('server_version_num')::integer < 160000 THEN r.query IS NULL AND r.refusal ~ 'version 16'
               ELSE r.query = 'EXPLAIN (GENERIC_PLAN, VERBOSE) SELECT a WHERE $1' AND r.refusal IS NULL END, 'parameters, with a release that plans them')
  FROM pg_temp.request('SELECT a WHERE $1') AS r;
SELECT is_empty($$SELECT e.line FROM domainflow.explain_query(domainflow.query_fingerprint('SELECT ''x'' AS two, pg_backend_pid()')) AS e
                   WHERE e.line ~ '[\x01-\x1f\x7f]'$$, 'a plan holds no control characters');
SELECT isnt_empty($$SELECT FROM domainflow.explain_query(domainflow.query_fingerprint('SELECT ''x'' AS two, pg_backend_pid()')) AS e WHERE e.line ~ '[?]\[31m'$$,
                  'but what was around them');
SELECT results_eq($$SELECT outcome, line FROM domainflow.explain_query(domainflow.query_fingerprint('CALL p()'))$$,
                  $$VALUES ('not taken: EXPLAIN does not take statements of its kind', NULL::text)$$, 'a refusal is one row');
RESET plpgsql.extra_errors;

SELECT matches((SELECT refusal FROM domainflow._plan_request(domainflow.query_fingerprint('SELECT 0'), r.role)), 'SET ROLE', 'another role, or none: ' || r.why)
  FROM (VALUES ('domainflow_app', 'set'), (NULL, 'null')) AS r (role, why);
SET LOCAL statement_timeout = 60001;
SELECT matches((SELECT refusal FROM pg_temp.request('SELECT 0')), 'no time limit', 'more than a minute');
SET LOCAL statement_timeout = 0;
SELECT matches((SELECT refusal FROM pg_temp.request('SELECT 0')), 'no time limit', 'none');
SET LOCAL statement_timeout = '60s';
SELECT throws_ok(format('SELECT FROM domainflow._plan_request(%L, current_user::text)', f.f), f.code, NULL, 'no fingerprint: ' || COALESCE(f.f, 'null'))
  FROM (VALUES (NULL, 'DF202'), ('0123456789abcde', 'DF201'), ('0123456789abcdef0', 'DF201'), ('0123456789ABCDEF', 'DF201'), ('0123456789abcdef', 'DF301')) AS f (f, code);
SET SESSION AUTHORIZATION plan_two;
SELECT is((SELECT query FROM pg_temp.request('SELECT 0')), 'EXPLAIN (VERBOSE) SELECT 4', 'another login gets its own');
RESET SESSION AUTHORIZATION;
SELECT * FROM finish();
ROLLBACK;
