-- The bounds of what campaigns are given: refused one step outside, accepted at the limit, whatever a session sets.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(70);
\set id '''a0000000-0000-0000-0000-000000000000'''
CREATE FUNCTION pg_temp.code(p_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_detail text;
BEGIN
    EXECUTE 'SELECT domainflow.' || p_call;
    RETURN 'fine';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || CASE WHEN v_detail = 'campaign: null' THEN ' ' || v_detail ELSE '' END;
END $$;
-- A pattern of exactly so many bytes.
CREATE FUNCTION pg_temp.sized(p_bytes integer) RETURNS jsonb LANGUAGE sql AS $$
    WITH tld AS MATERIALIZED (SELECT jsonb_agg(lpad(g::text, 50, 'a')) AS list FROM generate_series(1, (p_bytes - 70) / 54) AS g)
    SELECT p.pattern
      FROM tld AS t, generate_series(1, 63) AS k, generate_series(1, 4) AS r,
           LATERAL (SELECT jsonb_build_object('charset', left('abcd', r), 'length', 1, 'tlds', t.list || to_jsonb(repeat('b', k))) AS pattern) AS p
     WHERE pg_column_size(p.pattern) = p_bytes LIMIT 1
$$;

SELECT domainflow.create_queue('other');
SELECT is_empty('SELECT domainflow.claim_campaign_jobs(NULL, $$w$$)', 'no campaign has begun, though there is another queue');
SELECT domainflow.create_campaign(:id, 'first', '{"charset": "abc", "length": 3, "tlds": ["com"]}');
SELECT is(pg_temp.code(b.call), b.code, left(b.call, 100)) FROM (VALUES
    ('start_campaign(NULL)', 'DF202 campaign: null'), ('pause_campaign(NULL)', 'DF202 campaign: null'), ('resume_campaign(NULL)', 'DF202 campaign: null'),
    ('cancel_campaign(NULL)', 'DF202 campaign: null'), ('fail_campaign(NULL)', 'DF202 campaign: null'), ('archive_campaign(NULL)', 'DF202 campaign: null'),
    ('claim_campaign_jobs(gen_random_uuid(), $$w$$)', 'DF301'),
    ('create_campaign(NULL, $$n$$, pg_temp.sized(500))', 'DF202'),
    ('create_campaign(gen_random_uuid(), NULL, pg_temp.sized(500))', 'DF202'),
    ('create_campaign(gen_random_uuid(), $$n$$, NULL)', 'DF202'),
    ('create_campaign(gen_random_uuid(), $$n$$, pg_temp.sized(500), NULL)', 'DF202'),
    ('create_campaign(gen_random_uuid(), $$$$, pg_temp.sized(500))', 'DF204'),
    ('create_campaign(gen_random_uuid(), repeat($$n$$, 200), pg_temp.sized(500))', 'fine'),
    ('create_campaign(gen_random_uuid(), repeat($$n$$, 201), pg_temp.sized(500))', 'DF204'),
    ('create_campaign(gen_random_uuid(), $$n$$, pg_temp.sized(500), 0)', 'DF204'),
    ('create_campaign(gen_random_uuid(), $$n$$, pg_temp.sized(500), 1)', 'fine'),
    ('create_campaign(gen_random_uuid(), $$n$$, pg_temp.sized(500), 100000)', 'fine'),
    ('create_campaign(gen_random_uuid(), $$n$$, pg_temp.sized(500), 100001)', 'DF204'),
    ('create_campaign(gen_random_uuid(), $$n$$, pg_temp.sized(500), 1, repeat($$u$$, 200))', 'fine'),
    ('create_campaign(gen_random_uuid(), $$n$$, pg_temp.sized(500), 1, repeat($$u$$, 201))', 'DF204'),
    ('create_campaign(gen_random_uuid(), $$n$$, pg_temp.sized(65536))', 'fine'),
    ('create_campaign(gen_random_uuid(), $$n$$, pg_temp.sized(65537))', 'DF204'),
    ('allocate_domain_range($$a0000000-0000-0000-0000-000000000000$$, NULL)', 'DF204'),
    ('allocate_domain_range($$a0000000-0000-0000-0000-000000000000$$, 0)', 'DF204'),
    ('allocate_domain_range($$a0000000-0000-0000-0000-000000000000$$, 1)', 'fine'),
    ('allocate_domain_range($$a0000000-0000-0000-0000-000000000000$$, 1000000)', 'fine'),
    ('allocate_domain_range($$a0000000-0000-0000-0000-000000000000$$, 1000001)', 'DF204'),
    ('start_campaign($$a0000000-0000-0000-0000-000000000000$$, p_window => NULL)', 'DF204'),
    ('start_campaign($$a0000000-0000-0000-0000-000000000000$$, p_window => 0)', 'DF204'),
    ('start_campaign($$a0000000-0000-0000-0000-000000000000$$, p_window => 10001)', 'DF204'),
    ('start_campaign($$a0000000-0000-0000-0000-000000000000$$, p_window => 10000)', 'fine'),
    ('start_campaign($$a0000000-0000-0000-0000-000000000000$$, p_window => 1)', 'fine'),
    ('process_campaign_job(NULL, 1, 1, $$w$$)', 'DF202'),
    ('process_campaign_job(gen_random_uuid(), NULL, 1, $$w$$)', 'DF202'),
    ('process_campaign_job(gen_random_uuid(), 1, NULL, $$w$$)', 'DF202'),
    ('process_campaign_job(gen_random_uuid(), 1, 1, NULL)', 'DF202'),
    ('process_campaign_job(gen_random_uuid(), 1, 1, $$$$)', 'DF204'),
    ('process_campaign_job(gen_random_uuid(), 1, 1, repeat($$w$$, 200))', 'fine'),
    ('process_campaign_job(gen_random_uuid(), 1, 1, repeat($$w$$, 201))', 'DF204'),
    ('fail_campaign_job(NULL, 1, 1, $$w$$, $$e$$)', 'DF202'), ('fail_campaign_job(gen_random_uuid(), NULL, 1, $$w$$, $$e$$)', 'DF202'),
    ('fail_campaign_job(gen_random_uuid(), 1, NULL, $$w$$, $$e$$)', 'DF202'), ('fail_campaign_job(gen_random_uuid(), 1, 1, NULL, $$e$$)', 'DF202'),
    ('fail_campaign_job(gen_random_uuid(), 1, 1, $$$$, $$e$$)', 'DF204'), ('fail_campaign_job(gen_random_uuid(), 1, 1, repeat($$w$$, 200), $$e$$)', 'fine'),
    ('fail_campaign_job(gen_random_uuid(), 1, 1, repeat($$w$$, 201), $$e$$)', 'DF204'), ('campaign_invariants(gen_random_uuid())', 'DF301'),
    ('generate_domains(pg_temp.sized(500), NULL, 1)', 'DF204'), ('generate_domains(pg_temp.sized(500), 0, NULL)', 'DF204'),
    ('generate_domains(pg_temp.sized(500), -1, 1)', 'DF204'), ('generate_domains(pg_temp.sized(500), 0, -1)', 'DF204'),
    ('generate_domains(pg_temp.sized(500), 0, 0)', 'fine'), ('generate_domains(pg_temp.sized(500), 9223372036854775807, 9223372036854775807)', 'fine')
) AS b(call, code);

CREATE FUNCTION pg_temp.names(p_pattern text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN domainflow.check_domain_pattern(p_pattern::jsonb);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT is(pg_temp.names(format('{"charset": %s, "length": %s, "tlds": [%s]%s}', b.charset, b.length, b.tlds, ', "limit": ' || b.max)), b.names, b.what) FROM (VALUES
    ('"a"', '63', '"com"', NULL, '1', 'a label of 63'), ('"a"', '64', '"com"', NULL, 'DF204', 'of 64'), ('"a"', '1', '"com"', NULL, '1', 'of 1'),
    ('"a"', '1', '"' || repeat('x', 63) || '"', NULL, '1', 'a tld of 63'), ('"a"', '1', '"' || repeat('x', 64) || '"', NULL, 'DF201', 'of 64'),
    ('"a"', '60', '"' || repeat(repeat('x', 47) || '.', 3) || repeat('x', 48) || '"', NULL, '1', 'a name of 253'),
    ('"a"', '60', '"' || repeat(repeat('x', 47) || '.', 3) || repeat('x', 49) || '"', NULL, 'DF201', 'of 254'),
    ('"ab"', '3', '"com"', '0', 'DF204', 'a limit of 0'), ('"ab"', '3', '"com"', '1', '1', 'of 1'), ('"ab"', '3', '"com"', '1.5', 'DF204', 'of one and a half'),
    ('"ab"', '3', '"com"', '8', '8', 'of all'), ('"ab"', '63', '"com"', '9223372036854775807', '9223372036854775807', 'of all that can be numbered'),
    ('"ab"', '63', '"com"', '9223372036854775808', 'DF204', 'of one more')
) AS b(charset, length, tlds, max, names, what);

-- A pattern may have a fault several times, and a session may forbid PL/pgSQL to overlook rows.
SET LOCAL plpgsql.extra_errors = 'too_many_rows';
SELECT is(pg_temp.names(b.pattern), 'DF201', b.what) FROM (VALUES
    ('{"charset": "aabb", "length": 1, "tlds": ["com"]}', 'two characters twice'), ('{"charset": "a", "length": 1, "tlds": ["A", "B"]}', 'two tlds that are none'),
    ('{"charset": "a", "length": 1, "tlds": ["a", "a", "b", "b"]}', 'two tlds twice')) AS b(pattern, what);
SELECT * FROM finish();
ROLLBACK;
