-- Recorded text is data: no advice prints it as something to run, and a plan is taken with the rights of the login that recorded it only.
--
-- Logins matter here, so the file commits what it needs, becomes other logins, and cleans up at the end.
SET client_min_messages = warning;
DROP ROLE IF EXISTS explain_app, explain_reader;
CREATE ROLE explain_app LOGIN;
CREATE ROLE explain_reader LOGIN;
GRANT domainflow_app TO explain_app;
GRANT domainflow_reader TO explain_reader;
CREATE SCHEMA explain_query AUTHORIZATION explain_app;
CREATE TABLE explain_query.victim (id int);
CREATE TABLE explain_query.seen (who text, super boolean);
GRANT ALL ON explain_query.seen TO PUBLIC;
BEGIN;
SELECT plan(34);

-- What the application records.
SET SESSION AUTHORIZATION explain_app;
CREATE FUNCTION explain_query.trap(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    RAISE WARNING 'planned by %', current_user;
    -- The only trace that neither a read-only transaction nor the end of the plan's block undoes.
    PERFORM pg_advisory_lock(1, hashtext(current_user || ' ' || current_setting('transaction_read_only')));
    PERFORM set_config('explain_query.left_behind', 'yes', false);
    RETURN 1;
END
$$;
CREATE FUNCTION explain_query.writer(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM explain_query.write();
    RETURN 1;
END
$$;
CREATE FUNCTION explain_query.write() RETURNS void LANGUAGE sql AS 'INSERT INTO explain_query.seen VALUES (current_user, false)';
SELECT domainflow.record_query_performance(q.query, 60000) IS NOT NULL
  FROM (VALUES ($q$SELECT $x$ ' $x$; DROP TABLE explain_query.victim; --'$q$), ($q$SELECT 1 AS a \! touch pwned$q$),
               ($q$SELECT 'DROP TABLE explain_query.victim' \gexec$q$),
               ($q$SELECT 1 /* /* */ '*/ ; DROP TABLE explain_query.victim; --' */$q$),
               (E'SELECT ''\x1b[31m'' \n\\! touch pwned\n'), ('SELECT explain_query.trap(1) AS trapped'), ('SELECT explain_query.writer(1) AS written'),
               ('SELECT count(*) FROM pg_class AS c WHERE c.relname = ''x;y'' ;'), ('SELECT 1 AS one; SELECT 2 AS two'),
               ('SELECT 5 AS five WHERE $1'), ('CALL explain_query.nothing()'), ('SELECT ' || repeat('x', 5000)),
               ('SELECT pg_sleep(1) AS slept')) AS q (query);
RESET SESSION AUTHORIZATION;

CREATE TEMPORARY TABLE advice AS SELECT r.* FROM domainflow.generate_optimization_recommendations() AS r WHERE r.kind = 'slow_query';
SELECT is(count(*), 12::bigint, 'twelve slow statements, since two have one shape') FROM advice AS a;
SELECT is_empty($$SELECT a.statement FROM advice AS a WHERE a.statement !~ '^SELECT [*] FROM domainflow[.]explain_query[(]''[0-9a-f]{16}''[)];$'$$,
                'what is printed to run holds a fingerprint and no text');
SELECT is_empty($$SELECT a FROM advice AS a WHERE (a.object || a.statement || a.reason || a.evidence::text) ~ $re$[\x01-\x1f\x7f-\x9f]$re$ $$, 'no control characters');
SELECT isnt_empty($$SELECT a FROM advice AS a WHERE a.evidence ->> 'query' LIKE '%DROP TABLE%'$$, 'the text is in the evidence');
CREATE FUNCTION pg_temp.explain(p_query text) RETURNS TABLE (outcome text, line text) LANGUAGE sql AS $$
    SELECT e.outcome, e.line FROM domainflow.explain_query(domainflow.query_fingerprint(p_query)) AS e
$$;
GRANT EXECUTE ON FUNCTION pg_temp.explain(text) TO PUBLIC;

-- Nobody else's rights.
SELECT matches(e.outcome, 'superuser', 'a superuser gets no plan') FROM pg_temp.explain('SELECT explain_query.trap(1) AS trapped') AS e;
SET LOCAL ROLE explain_app;
SELECT matches(e.outcome, 'superuser', 'not even after SET ROLE') FROM pg_temp.explain('SELECT explain_query.trap(1) AS trapped') AS e;
RESET ROLE;
SET SESSION AUTHORIZATION explain_reader;
SELECT matches(e.outcome, 'not taken: it was recorded by explain_app', 'nor a reader, who learns who can')
  FROM pg_temp.explain('SELECT explain_query.trap(1) AS trapped') AS e;
RESET SESSION AUTHORIZATION;
SELECT is_empty('SELECT objid FROM pg_locks WHERE locktype = ''advisory'' AND classid = 1', 'nothing was planned so far');

-- The login that recorded it.
SET SESSION AUTHORIZATION explain_app;
SET LOCAL statement_timeout = 0;
SELECT matches(e.outcome, 'no time limit', 'not without a time limit') FROM pg_temp.explain('SELECT explain_query.trap(1) AS trapped') AS e;
SET LOCAL statement_timeout = '2min';
SELECT matches(e.outcome, 'no time limit', 'nor with a long one') FROM pg_temp.explain('SELECT explain_query.trap(1) AS trapped') AS e;
SET LOCAL statement_timeout = '30s';
SET LOCAL ROLE domainflow_app;
SELECT matches(e.outcome, 'SET ROLE', 'not under SET ROLE') FROM pg_temp.explain('SELECT explain_query.trap(1) AS trapped') AS e;
RESET ROLE;
SELECT matches(string_agg(e.outcome || ' ' || e.line, ' '), '^planned Result', 'the plan') FROM pg_temp.explain('SELECT explain_query.trap(1) AS trapped') AS e;
SELECT is((SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = 1 AND pid = pg_backend_pid()),
          hashtext('explain_app on') & 4294967295, 'is taken as the login, read-only');
SELECT is(current_setting('transaction_read_only'), 'off', 'and only the plan is');
SELECT is(COALESCE(current_setting('explain_query.left_behind', true), ''), '', 'what planning set is undone');
SELECT throws_ok($$SELECT * FROM pg_temp.explain('SELECT explain_query.writer(1) AS written')$$, '25006', NULL, 'nothing can be written while planning');
SELECT throws_ok(format('SELECT * FROM pg_temp.explain(%L)', q.query), '42P11', NULL, 'several statements are not begun: ' || left(q.query, 24))
  FROM (VALUES ('SELECT 1 AS one; SELECT 2 AS two'), ($q$SELECT $x$ ' $x$; DROP TABLE explain_query.victim; --'$q$),
               ($q$SELECT 1 /* /* */ '*/ ; DROP TABLE explain_query.victim; --' */$q$)) AS q (query);
SELECT throws_ok(format('SELECT * FROM pg_temp.explain(%L)', q.query), '42601', NULL, 'a command of psql is no SQL: ' || q.query)
  FROM (VALUES ($q$SELECT 1 AS a \! touch pwned$q$), ($q$SELECT 'DROP TABLE explain_query.victim' \gexec$q$)) AS q (query);
SELECT isnt_empty($$SELECT * FROM pg_temp.explain('SELECT count(*) FROM pg_class AS c WHERE c.relname = ''x;y'' ;') AS e WHERE e.line ~ 'Scan'$$, 'a plan of several lines');
SELECT matches((SELECT min(e.outcome || COALESCE(e.line, '')) FROM pg_temp.explain('SELECT 5 AS five WHERE $1') AS e),
               CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN '^planned' ELSE 'from version 16 on' END, 'parameters');
SELECT matches(e.outcome, 'not taken', 'what EXPLAIN does not take') FROM pg_temp.explain('CALL explain_query.nothing()') AS e;
SELECT matches(e.outcome, 'cut off', 'what was cut off') FROM pg_temp.explain('SELECT ' || repeat('x', 5000)) AS e;
SELECT lives_ok($$SELECT * FROM pg_temp.explain('SELECT pg_sleep(1) AS slept')$$, 'nothing is executed');
SELECT throws_ok($$SELECT domainflow.explain_query('0000000000000000')$$, 'DF301', NULL, 'what was not recorded');
SELECT throws_ok(format('SELECT domainflow.explain_query(%L)', f.f), f.code, NULL, 'no fingerprint')
  FROM (VALUES (NULL, 'DF202'), ('', 'DF201'), (E'\x1b[31m', 'DF201'), (''' OR true', 'DF201')) AS f (f, code);
SELECT throws_ok('SELECT * FROM domainflow.query_performance_metrics', '42501', NULL, 'the application still cannot read the records');
RESET SESSION AUTHORIZATION;
SELECT is_empty('SELECT * FROM explain_query.seen', 'nothing was written');
SELECT has_table('explain_query', 'victim', 'nothing was dropped');

SELECT * FROM finish();
ROLLBACK;
DROP SCHEMA explain_query CASCADE;
DROP OWNED BY explain_app, explain_reader;
DROP ROLE explain_app, explain_reader;
