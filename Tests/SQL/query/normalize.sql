-- Shapes of statements: what PostgreSQL's lexer sees, what is one shape and what is two, under every setting.
BEGIN;
-- The texts below; that of the function is tried with both settings.
SET LOCAL standard_conforming_strings = on;
SELECT plan(120);

SELECT is(domainflow.normalize_query(q.query), q.expected, q.why)
  FROM (VALUES
      ('SELECT * FROM t WHERE a = 1', 'select * from t where a = ?', 'numbers'),
      ('select *
          from T where A=2 ;', 'select * from t where a = ?', 'white space, letter case, the last semicolon'),
      ('SELECT 1.5, .5, 2., 1e10, 1_000, -3, x - 4', 'select ?, ?, ?, ?, ?, ?, x - ?', 'shapes of numbers and signs'),
      ('SELECT 0xFF, 0b01, 0o17', 'select ?, ?, ?', 'numbers of other bases'),
      ('SELECT t2.col1 FROM t2 WHERE x1y2 > 10', 'select t2.col1 from t2 where x1y2 > ?', 'digits of names stay'),
      ($$SELECT 'it''s', 'a -- b', '/* c */'$$, 'select ?, ?, ?', 'strings with quotes and comment signs inside'),
      ($$SELECT E'it\'s' || 'x', e'\\', B'01', x'1F', N'n', U&'d\0061' UESCAPE '!'$$, 'select ? || ?, ?, ?, ?, ?, ?', 'strings of every kind'),
      ('SELECT $$a''b$$, $1, $23', 'select ?, ?, ?', 'dollar quotes and parameters'),
      ('SELECT $x$ a $$ '' $y$ -- $x$, $é$ü$é$, a$b$c FROM t', 'select ?, ?, a$b$c from t', 'dollar quotes with tags, and names with dollars'),
      ('SELECT $x$ a', 'select ?', 'a dollar quote without an end'),
      ('SELECT ''a', 'select ?', 'a string without an end'),
      ('SELECT a /* b', 'select a', 'a comment without an end'),
      ($$SELECT a /* it's */ FROM t -- don't
         WHERE b = 'x'$$, 'select a from t where b = ?', 'comments with quotes inside'),
      ('SELECT a /* /* ''*/ " */ FROM t', 'select a from t', 'nested comments'),
      ('SELECT 1 /* /* */ ''*/ ; DROP TABLE v; --'' */', 'select ?; drop table v', 'end where PostgreSQL ends them') ,
      ('SELECT a+--b
        c', 'select a + c', 'a comment after an operator'),
      ('SELECT a*/* b */c, a<-1, a@-1, a<>-b', 'select a * c, a < ?, a @- ?, a <> - b', 'operators end where PostgreSQL ends them'),
      ('SELECT "a ""1"" -- x", "It''s" FROM "T"', 'select "a ""1"" -- x", "It''s" from "T"', 'quoted names are kept as they are'),
      ('SELECT "t" . "id", "user", "select" FROM "t"', 'select t.id, "user", "select" from t', 'without quotes where those say nothing'),
      ($$SELECT U&"d\0061t" FROM t$$, $$select U&"d\0061t" from t$$, 'quoted names with escapes'),
      ('SELECT a FROM t WHERE b IN (1, 2, 3)', 'select a from t where b in (?)', 'lists have one length'),
      ('SELECT a FROM t WHERE b IN ($1::int, CAST($2 AS bigint), -3, NULL)', 'select a from t where b in (?)', 'of constants with casts too'),
      ('SELECT a FROM t WHERE (a, b) IN ((1, 2), (3, 4))', 'select a from t where (a, b) in ((?, ?))', 'and of rows'),
      ('SELECT a FROM t WHERE b = ANY (ARRAY[1, 2, 3]::int[])', 'select a from t where b = any (array [?]::int [])', 'and arrays'),
      ($$INSERT INTO t VALUES (1, 'a', now()), (2, 'b', now()) ON CONFLICT DO NOTHING$$,
       'insert into t values (?, ?, now ()) on conflict do nothing', 'rows are as many as one'),
      ('SELECT a IS NULL, b IS NOT NULL, c IS NOT TRUE, NULL, true, NOT false FROM t',
       'select a is null, b is not null, c is not true, ?, ?, not ? from t', 'NULL, true and false are constants, and words of a test'),
      ($$SELECT date '2026-01-01', interval '1' day, timestamp(3) with time zone '2026-01-01', double precision '1', my.kind 'x', a::varchar(10)$$,
       'select ?, ?, ?, ?, ?, a::varchar (?)', 'the type of a constant is part of it'),
      ('SELECT CAST(a AS integer), a::int4, CAST(1 AS numeric(10, 2)), 1::timestamp(3) with time zone, ''{}''::int[][]',
       'select a::int, a::int, ?, ?, ?', 'casts'),
      ('SELECT a AS x, b FROM t AS u WHERE c != 1 ORDER BY a ASC LIMIT 5', 'select a, b from t u where c <> ? order by a limit ?', 'words that say nothing'),
      ('SELECT (SELECT 1 AS x) FROM t', 'select (select ? as x) from t', 'names in subqueries stay'),
      ('SELECT a FROM t LEFT OUTER JOIN u USING (b) OFFSET 5 LIMIT 1', 'select a from t left join u using (b) limit ? offset ?', 'nor do these'),
      ('SAVEPOINT active_record_1', 'savepoint ?', 'names of savepoints'),
      ('SELECT a FROM t WHERE b=? AND c IN (?,?)', 'select a from t where b = ? and c in (?)', 'the parameters of other drivers'),
      ('SELECT 1', 'select 1', 'a space that is none to PostgreSQL'),
      ('/* only */', '', 'nothing but a comment'),
      ('', '', 'nothing'),
      (NULL, NULL, 'null')) AS q (query, expected, why);

CREATE TEMPORARY TABLE pair (same boolean, a text, b text);
INSERT INTO pair VALUES
(true, 'SELECT * FROM t WHERE a = 5', 'SELECT * FROM t WHERE a = $1'), (true, $$SELECT * FROM t WHERE a = 'x'::date$$, 'SELECT * FROM t WHERE a = $1::date'),
(true, $$SELECT * FROM t WHERE a > date '2026-01-01'$$, $$SELECT * FROM t WHERE a > date $1$$), (true, 'SELECT -1', 'SELECT 1'),
(true, 'INSERT INTO t VALUES (1, 2)', 'INSERT INTO t VALUES (1, 2), (3, 4), (5, 6)'), (true, 'INSERT INTO t VALUES (1, DEFAULT)', 'INSERT INTO t VALUES (1, DEFAULT), (2, DEFAULT)'),
(true, 'UPDATE t SET a = true WHERE id = 1', 'UPDATE t SET a = NULL WHERE id = 1'), (true, 'SELECT * FROM t WHERE a BETWEEN -1 AND 5', 'SELECT * FROM t WHERE a BETWEEN 1 AND 5'),
(true, $$SELECT a->>'x' FROM t$$, $$SELECT a->>'y' FROM t$$), (true, 'SELECT a FROM t LIMIT 10 OFFSET 20', 'SELECT a FROM t LIMIT 5 OFFSET 0'),
(false, 'SELECT * FROM "User"', 'SELECT * FROM "user"'), (false, 'SELECT a-1 FROM t', 'SELECT a+1 FROM t'), (false, 'SELECT * FROM t WHERE a IN (1)', 'SELECT * FROM t WHERE a = 1'),
(false, 'SELECT f(1,2)', 'SELECT f(1)'), (false, 'SELECT a, b FROM t ORDER BY 1', 'SELECT a, b FROM t ORDER BY 1, 2'), (false, 'INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (1,2)'),
(false, 'INSERT INTO t VALUES (1, 2), (3, DEFAULT)', 'INSERT INTO t VALUES (1, 2)'), (false, 'SELECT a FROM t', 'SELECT a FROM u'), (false, 'SELECT user', 'SELECT "user"');
SELECT is(domainflow.query_fingerprint(p.a) = domainflow.query_fingerprint(p.b), p.same, p.a || CASE WHEN p.same THEN ' = ' ELSE ' <> ' END || p.b) FROM pair AS p;

-- A shape is its own shape, and no setting changes it.
CREATE TEMPORARY TABLE shape AS SELECT p.a, domainflow.normalize_query(p.a) AS shape FROM pair AS p;
SELECT is(domainflow.normalize_query(s.shape), s.shape, 'again: ' || s.a) FROM shape AS s;
SET LOCAL standard_conforming_strings = off;
SET LOCAL escape_string_warning = off;
SELECT is(domainflow.normalize_query(s.a), s.shape, 'standard_conforming_strings off: ' || s.a) FROM shape AS s;
SET LOCAL standard_conforming_strings = on;
SET LOCAL quote_all_identifiers = on;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT is(domainflow.normalize_query(s.a), s.shape, 'other settings: ' || s.a) FROM shape AS s;
SET LOCAL quote_all_identifiers = off;
SELECT ok(c.fingerprint IS NOT NULL AND clock_timestamp() - c.at < interval '5 s', 'a long list takes no long time')
  FROM (SELECT clock_timestamp() AS at, domainflow.query_fingerprint('INSERT INTO t VALUES ' || string_agg(format('(%s, ''x'', $a$b$a$)', g), ', ')) AS fingerprint
          FROM generate_series(1, 2000) AS g) AS c;
SELECT lives_ok(format('SELECT domainflow.normalize_query(%L)', t.text), 'no text is an error')
  FROM (VALUES (repeat('(', 3000)), (repeat('/*', 3000)), (repeat('''', 3001)), (repeat('$a$', 301)), (E'\x01\x7f\\'), (':: as cast ( ) , ( ) , ( )')) AS t (text);

SELECT * FROM finish();
ROLLBACK;
