-- check_domain_pattern() and generate_domains(): every refusal, the number of names, and that number and name are a bijection in order.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(41);
CREATE FUNCTION pg_temp.refused(p_pattern text, p_code text, p_what text) RETURNS text LANGUAGE sql AS
$$SELECT throws_ok(format('SELECT domainflow.check_domain_pattern(%L)', p_pattern), p_code, NULL, p_what)$$;

SELECT is(domainflow.check_domain_pattern('{"charset": "abc", "length": 3, "tlds": ["com", "co.uk"]}'), 54::bigint, 'characters ^ length x tlds');
SELECT is(domainflow.check_domain_pattern('{"charset": "abc", "length": 3, "tlds": ["com"], "limit": 5}'), 5::bigint, 'a limit');
SELECT is(domainflow.check_domain_pattern('{"charset": "abc", "length": 3, "tlds": ["com"], "limit": 500}'), 27::bigint, 'a limit that does not');
SELECT is(domainflow.check_domain_pattern('{"charset": "abcdefghijklmnopqrstuvwxyz", "length": 60, "tlds": ["com"], "limit": 7, "prefix": "abc"}'), 7::bigint, 'a limit makes any length possible');
SELECT is(domainflow.check_domain_pattern('{"charset": "ab", "length": 62, "tlds": ["com"]}'), 4611686018427387904, 'up to 2^62');
SELECT is(domainflow.check_domain_pattern('{"charset": "a-", "length": 1, "tlds": ["com"], "prefix": "x", "suffix": "y"}'), 2::bigint, 'a hyphen kept inside');
SELECT pg_temp.refused('[]', 'DF201', 'no object');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": ["com"], "tld": 1}', 'DF203', 'an unknown member');
SELECT pg_temp.refused('{"charset": 5, "length": 1, "tlds": ["com"]}', 'DF201', 'a charset that is a number');
SELECT pg_temp.refused('{"charset": "a", "length": "1", "tlds": ["com"]}', 'DF201', 'a length that is a string');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": "com"}', 'DF201', 'tlds that are a string');
SELECT pg_temp.refused('{"length": 1, "tlds": ["com"]}', 'DF202', 'no charset');
SELECT pg_temp.refused('{"charset": "a", "tlds": ["com"]}', 'DF202', 'no length');
SELECT pg_temp.refused('{"charset": "a", "length": 1}', 'DF202', 'no tlds');
SELECT pg_temp.refused('{"charset": "", "length": 1, "tlds": ["com"]}', 'DF201', 'an empty charset');
SELECT pg_temp.refused('{"charset": "abA", "length": 1, "tlds": ["com"]}', 'DF201', 'an upper-case character');
SELECT pg_temp.refused('{"charset": "aba", "length": 1, "tlds": ["com"]}', 'DF201', 'a character twice');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": ["com"], "prefix": "x_"}', 'DF201', 'a prefix that DNS has not');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": ["com"], "prefix": "-x"}', 'DF201', 'a prefix that begins with a hyphen');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": ["com"], "suffix": "x-"}', 'DF201', 'a suffix that ends with a hyphen');
SELECT pg_temp.refused('{"charset": "a-", "length": 1, "tlds": ["com"], "prefix": "x"}', 'DF201', 'a hyphen that can come last');
SELECT pg_temp.refused('{"charset": "a", "length": 0, "tlds": ["com"]}', 'DF204', 'length 0');
SELECT pg_temp.refused('{"charset": "a", "length": 1.5, "tlds": ["com"]}', 'DF204', 'half a character');
SELECT pg_temp.refused('{"charset": "a", "length": 63, "tlds": ["com"], "prefix": "x"}', 'DF204', 'a label of 64');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": []}', 'DF202', 'empty tlds');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": [".com"]}', 'DF201', 'a tld with a dot before');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": [null]}', 'DF201', 'a null tld');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": ["com", "com"]}', 'DF201', 'a tld twice');
SELECT pg_temp.refused(format('{"charset": "a", "length": 60, "tlds": ["%s"]}', repeat(repeat('a', 62) || '.', 3) || repeat('a', 10)), 'DF201', 'a name of over 253');
SELECT pg_temp.refused('{"charset": "a", "length": 1, "tlds": ["com"], "limit": 0}', 'DF204', 'a limit of 0');
SELECT pg_temp.refused('{"charset": "ab", "length": 63, "tlds": ["com"]}', 'DF204', '2^63 names');

SELECT results_eq($$SELECT * FROM domainflow.generate_domains('{"charset": "ba", "length": 2, "tlds": ["com", "net"], "prefix": "x", "suffix": "-y"}', 0, 100)$$,
    $$VALUES (0::bigint, 'xbb-y.com'), (1, 'xbb-y.net'), (2, 'xba-y.com'), (3, 'xba-y.net'), (4, 'xab-y.com'), (5, 'xab-y.net'), (6, 'xaa-y.com'), (7, 'xaa-y.net')$$,
    'the charset gives the order, tlds of a label stand together');
CREATE TEMPORARY TABLE whole AS SELECT * FROM domainflow.generate_domains('{"charset": "abcdefg", "length": 4, "tlds": ["com", "net", "org"]}', 0, 10000);
SELECT results_eq('SELECT count(*), count(DISTINCT name), min(domain_offset), max(domain_offset) FROM whole', 'VALUES (7203::bigint, 7203::bigint, 0::bigint, 7202::bigint)', 'all names, each once');
SELECT is_empty($$SELECT s.size FROM generate_series(1, 400, 37) AS s(size) CROSS JOIN generate_series(0, 7300, 400) AS f(start)
    WHERE ARRAY(SELECT d FROM domainflow.generate_domains('{"charset": "abcdefg", "length": 4, "tlds": ["com", "net", "org"]}', f.start, s.size) AS d)
       <> ARRAY(SELECT (w.domain_offset, w.name) FROM whole AS w WHERE w.domain_offset BETWEEN f.start AND f.start + s.size - 1 ORDER BY 1)$$, 'any piece is that piece of the whole');
SELECT results_eq($$SELECT name FROM domainflow.generate_domains('{"charset": "ab", "length": 62, "tlds": ["com"]}', 4611686018427387902, 9)$$,
    $$VALUES (repeat('b', 61) || 'a.com'), (repeat('b', 62) || '.com')$$, 'the end of a very long pattern');
SELECT is_empty($$SELECT * FROM domainflow.generate_domains('{"charset": "ab", "length": 1, "tlds": ["com"]}', 2, 1)$$, 'nothing after the end');
SELECT is_empty($$SELECT * FROM domainflow.generate_domains('{"charset": "ab", "length": 1, "tlds": ["com"]}', 0, 0)$$, 'nothing at all');
SELECT is((SELECT count(*) FROM domainflow.generate_domains('{"charset": "ab", "length": 9, "tlds": ["com"], "limit": 3}', 0, 9)), 3::bigint, 'not more than the limit');
SELECT throws_ok($$SELECT domainflow.generate_domains('{"charset": "ab", "length": 1, "tlds": ["com"]}', -1, 1)$$, 'DF204', NULL, 'a negative number');
SELECT throws_ok($$SELECT domainflow.generate_domains('{"charset": "ab", "length": 1, "tlds": ["com"]}', 0, NULL)$$, 'DF204', NULL, 'no count');
SELECT is((SELECT count(*) FROM domainflow.generate_domains('{"charset": "ab", "length": 3, "tlds": ["com"]}', 3, 9223372036854775807)), 5::bigint, 'a count beyond all numbers');
SELECT * FROM finish();
ROLLBACK;
