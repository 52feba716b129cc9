-- The bounds of decisions, of the questions about them and of maintenance: accepted at the limit, refused one step outside, and by the first reason.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(94);
-- SQLSTATE, and the value that DETAIL shows: its name is what has to be mended.
CREATE FUNCTION pg_temp.code(p_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_detail text;
BEGIN
    EXECUTE 'SELECT count(*) FROM domainflow.' || p_call;
    RETURN 'fine';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || COALESCE(' ' || substring(v_detail FROM '^(policies|decision|execution_time_ms):'), '');
END $$;
-- An object whose text has so many bytes.
CREATE FUNCTION pg_temp.sized(p_bytes integer) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('x', repeat('x', p_bytes - 9))$$;
CREATE FUNCTION pg_temp.names(p_count integer, p_name text) RETURNS text[] LANGUAGE sql AS $$SELECT array_fill(p_name, ARRAY[p_count])$$;

SELECT is(pg_temp.code(format('log_authorization_decision(%s)', b.args)), b.code, left(b.args, 120)) FROM (VALUES
    ($$repeat('u', 1000), 'r', 'i', 'a', 'allow'$$, 'fine'), ($$repeat('u', 1001), 'r', 'i', 'a', 'allow'$$, 'DF204'),
    ($$'u', repeat('r', 1000), 'i', 'a', 'allow'$$, 'fine'), ($$'u', repeat('r', 1001), 'i', 'a', 'allow'$$, 'DF204'),
    ($$'u', 'r', repeat('i', 1000), 'a', 'allow'$$, 'fine'), ($$'u', 'r', repeat('i', 1001), 'a', 'allow'$$, 'DF204'),
    ($$'u', 'r', 'i', repeat('a', 1000), 'deny'$$, 'fine'), ($$'u', 'r', 'i', repeat('a', 1001), 'deny'$$, 'DF204'),
    ($$'u', 'r', 'i', 'a', 'allow', pg_temp.names(1000, 'p')$$, 'fine'), ($$'u', 'r', 'i', 'a', 'allow', pg_temp.names(1001, 'p')$$, 'DF204'),
    ($$'u', 'r', 'i', 'a', 'allow', pg_temp.names(2, repeat('p', 32768))$$, 'fine'),
    ($$'u', 'r', 'i', 'a', 'allow', pg_temp.names(1, repeat('p', 65537))$$, 'DF204'),
    ($$'u', 'r', 'i', 'a', 'allow', NULL, pg_temp.sized(262144)$$, 'fine'), ($$'u', 'r', 'i', 'a', 'allow', NULL, pg_temp.sized(262145)$$, 'DF204'),
    ($$'u', 'r', 'i', 'a', 'allow', NULL, NULL, pg_temp.sized(262144)$$, 'fine'), ($$'u', 'r', 'i', 'a', 'allow', NULL, NULL, pg_temp.sized(262145)$$, 'DF204'),
    ($$'u', 'r', 'i', 'a', 'allow', NULL, NULL, NULL, 0$$, 'fine'), ($$'u', 'r', 'i', 'a', 'allow', NULL, NULL, NULL, -0.001$$, 'DF204 execution_time_ms'),
    ($$'u', 'r', 'i', 'a', 'allow', NULL, NULL, NULL, 1e300$$, 'fine'), ($$'u', 'r', 'i', 'a', 'allow', NULL, NULL, NULL, 'Infinity'$$, 'DF204 execution_time_ms'),
    -- Everything at its limit is not what is wrong here.
    ($$repeat('u', 1000), repeat('r', 1000), repeat('i', 1000), repeat('a', 1000), 'allow', pg_temp.names(1000, repeat('p', 65)), pg_temp.sized(262144), '[]', 0$$, 'DF201'),
    ($$'u', 'r', 'i', 'a', 'allow', pg_temp.names(2, repeat('p', 32768)), '[]', pg_temp.sized(262144), 0$$, 'DF201'),
    ($$'u', 'r', 'i', 'a', 'allow', ARRAY['p', NULL], '[]', NULL, 0$$, 'DF201 policies'),
    -- Of two faults the first is named.
    ($$NULL, 'r', 'i', 'a', 'perhaps'$$, 'DF202'), ($$'u', 'r', 'i', 'a', 'perhaps', NULL, NULL, NULL, -1$$, 'DF201 decision'),
    ($$'u', 'r', 'i', 'a', 'allow', ARRAY[NULL::text], NULL, NULL, -1$$, 'DF204 execution_time_ms'),
    ($$'u', 'r', 'i', 'a', 'allow', array_fill('p'::text, ARRAY[2, 2])$$, 'DF201 policies'),
    ($$'u', 'r', 'i', 'a', 'allow', pg_temp.names(1001, NULL)$$, 'DF201 policies'), ($$repeat('u', 1001), 'r', 'i', 'a', 'allow', NULL, '[]'$$, 'DF204')
) AS b(args, code);

-- A batch.
SELECT is(pg_temp.code(format('log_authorization_decisions(%1$s, %1$s, %1$s, %1$s, %1$s)', format('pg_temp.names(%s, ''allow'')', b.size))), b.code, b.size || ' at once')
  FROM (VALUES (10000, 'fine'), (10001, 'DF204')) AS b(size, code);
SELECT is(pg_temp.code(format('log_authorization_decisions(%s)', b.args)), b.code, b.args) FROM (VALUES
    ($$NULL, '{r}', '{i}', '{a}', '{deny}'$$, 'DF202'), ($$'{u}', NULL, '{i}', '{a}', '{deny}'$$, 'DF202'), ($$'{u}', '{r}', NULL, '{a}', '{deny}'$$, 'fine'),
    ($$'{u}', '{r}', '{i}', NULL, '{deny}'$$, 'DF202'), ($$'{u}', '{r}', '{i}', '{a}', NULL$$, 'DF202'), ($$'{u}', '{r}', '{}', '{a}', '{deny}'$$, 'DF201'),
    ($$'{u}', '{r}', '{i}', '{a}', '{deny}', '{}'$$, 'DF201'), ($$'{u}', '{r}', '{i}', '{a}', '{deny}', NULL, '{}'$$, 'DF201'),
    ($$'{u}', '{r}', '{i}', '{a}', '{deny}', NULL, NULL, '{}'$$, 'DF201'), ($$'{u}', '{r}', '{i}', '{a}', '{deny}', NULL, NULL, NULL, '{}'$$, 'DF201'),
    ($$'{u}', '{r}', '{i}', '{a}', '{deny}', ARRAY['["p"]']::jsonb[], ARRAY['{}']::jsonb[], ARRAY['{}']::jsonb[], '{1}'$$, 'fine')) AS b(args, code);
SET LOCAL plpgsql.extra_errors = 'too_many_rows';
SELECT is(pg_temp.code(format('log_authorization_decisions(ARRAY[''u'', ''u''], ARRAY[''r'', ''r''], NULL, ARRAY[''a'', ''a''], ARRAY[%s])', b.decisions)), b.code, b.decisions)
  FROM (VALUES ('''no'', NULL', 'DF201 decision'), ('NULL, ''no''', 'DF202')) AS b(decisions, code);
RESET plpgsql.extra_errors;

-- Questions. Two decisions of exactly a day ago, that differ in everything, and one that is older.
SELECT is(pg_temp.code(format('get_authorization_decisions(%s)', b.args)), b.code, b.args) FROM (VALUES
    ('p_decision => ''deny''', 'fine'), ('p_decision => ''perhaps''', 'DF201 decision'), ('p_hours_back => 1e-9', 'fine'), ('p_hours_back => 0', 'DF204'),
    ('p_hours_back => 8760000', 'fine'), ('p_hours_back => 8760000.1', 'DF204'), ('p_hours_back => ''NaN''', 'DF204'), ('p_hours_back => NULL', 'DF204'),
    ('p_limit => 1', 'fine'), ('p_limit => 0', 'DF204'), ('p_limit => 100000', 'fine'), ('p_limit => 100001', 'DF204'), ('p_limit => NULL', 'DF204')
) AS b(args, code);
INSERT INTO domainflow.audit_log (id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context,
                                  correlation_id, effective_role, application_name)
SELECT gen_random_uuid(), now() - a.age, a.n, a.n, a.n, a.n, a.decision, '{}', '{}', '{}', a.n, 'asked', 'x'
  FROM (VALUES ('zz1', 'allow', interval '24 hours'), ('zz2', 'deny', '24 hours'), ('zz1', 'allow', '24 hours 1 microsecond')) AS a(n, decision, age);
SELECT is((SELECT string_agg(d.user_id, ' ' ORDER BY d.user_id) FROM domainflow.get_authorization_decisions(
               b.f ->> 'user', b.f ->> 'type', b.f ->> 'id', b.f ->> 'action', b.f ->> 'decision', b.f ->> 'correlation', p_limit => 100000) AS d
            WHERE d.effective_role = 'asked'), b.users, b.f::text)
  FROM (VALUES ('{}'::jsonb, 'zz1 zz2'), ('{"user": "zz1"}', 'zz1'), ('{"type": "zz1"}', 'zz1'), ('{"id": "zz1"}', 'zz1'), ('{"action": "zz1"}', 'zz1'),
               ('{"decision": "allow"}', 'zz1'), ('{"correlation": "zz1"}', 'zz1'), ('{"user": "zz1", "decision": "deny"}', NULL)) AS b(f, users);

-- Maintenance.
SELECT is(pg_temp.code(b.call), b.code, b.call) FROM (VALUES
    ('ensure_partitions(NULL)', 'DF204'), ('ensure_partitions(-1)', 'DF204'), ('ensure_partitions(121)', 'DF204'),
    ('drop_expired_partitions(NULL)', 'DF202'), ('drop_expired_partitions(3, NULL)', 'DF202'), ('drop_expired_partitions(0)', 'DF204'),
    ('drop_expired_partitions(1)', 'fine'), ('drop_expired_partitions(12)', 'fine'), ('drop_expired_partitions(13)', 'DF204'),
    ('drop_expired_partitions(13, true)', 'fine'), ('drop_expired_partitions(1200, true)', 'fine'), ('drop_expired_partitions(1201, true)', 'DF204'),
    ('set_retention(NULL, ''1 year'')', 'DF202'), ('set_retention(''zz_none'', ''1 year'')', 'DF301'), ('set_retention(''job_archive'', ''1 month'')', 'fine'),
    ('set_retention(''job_archive'', ''1000 years'')', 'fine'), ('set_retention(''job_archive'', ''1002 years'')', 'DF204')) AS b(call, code);
-- Counted back from a moment of one's choice.
SELECT is(domainflow._kept_from(b.name, b.retention, b.at) AT TIME ZONE 'UTC', b.kept, b.name || ' ' || b.retention::text) FROM (VALUES
    ('zz', interval '1 month', timestamptz '2026-03-31 12:00:00+00', timestamp '2026-02-28 12:00:00'), ('zz', '27 days', '2026-03-31 12:00:00+00', NULL),
    ('audit_log', '3 months', '2026-03-31 12:00:00+00', '2025-12-31 12:00:00'), ('audit_log', '2 months 25 days', '2026-03-31 12:00:00+00', NULL),
    ('zz', '178000000 years', '2026-03-31 12:00:00+00', NULL)) AS b(name, retention, at, kept);
SELECT is(domainflow._clock_doubt(timestamptz '2026-01-01 00:00:00+00', timestamptz '2026-01-01 00:00:00+00' + interval '45 days' + b.more) IS NULL, b.trusted, b.what)
  FROM (VALUES (interval '0', true, 'a call 45 days later'), ('1 microsecond', false, 'and even later')) AS b(more, trusted, what);
SELECT is(domainflow._policy_names(b.policies), b.names, COALESCE(b.policies::text, 'null')) FROM (VALUES
    ('["b", "a"]'::jsonb, ARRAY['b', 'a']), ('["b", 1]', ARRAY['b', NULL]), ('{"a": "b"}', ARRAY[NULL::text]), ('"b"', ARRAY[NULL::text]), ('[]', '{}')) AS b(policies, names);
SELECT * FROM finish();
ROLLBACK;
