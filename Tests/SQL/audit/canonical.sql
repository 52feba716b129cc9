-- The canonical bytes of an audit row: one layout, the same under every setting, in which no two rows are equal.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(25);
CREATE FUNCTION pg_temp.decide(p_number integer, p_user text, p_resource text, p_policies text[], p_context jsonb, p_ms double precision, p_correlation text DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO domainflow.audit_log (id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context,
                                      execution_time_ms, transaction_id, correlation_id, session_role, effective_role, backend_pid, application_name)
    VALUES (format('00000000-0000-4000-8000-00000000000%s', p_number)::uuid, '2026-02-03 04:05:06.789012+00', p_user, 'document', p_resource, 'read', 'allow', p_policies,
            p_context, '{"ip": "::1"}', p_ms, '77', p_correlation, 'someone', 'domainflow_app', 4711, '')
$$;
CREATE FUNCTION pg_temp.bytes(p_number integer, p_version integer DEFAULT 1) RETURNS text LANGUAGE sql AS $$
    SELECT encode(domainflow._audit_row_bytes(a, p_version::smallint, domainflow._audit_values(a, p_version::smallint)), 'hex') FROM domainflow.audit_log AS a
     WHERE a.id = format('00000000-0000-4000-8000-00000000000%s', p_number)::uuid
$$;
SELECT pg_temp.decide(1, 'ada', '7', ARRAY['owner', 'the "editors"'], '{"b": 1.50, "a": [null, "x"]}', 0.1),
       pg_temp.decide(2, 'ada', NULL, '{}', '{}', NULL);

-- Put together from the documented layout; here with the values themselves where a row has their hash.
CREATE FUNCTION pg_temp.fixed(p_number integer) RETURNS text LANGUAGE sql AS $$
    SELECT '01' || '00000000000040008000' || lpad(p_number::text, 12, '0') || '0002ece250438a94' || '000000000000004d' || '00001267'
$$;
CREATE TEMPORARY TABLE expected AS
SELECT pg_temp.fixed(1) || '08' || '3fb999999999999a'
    || encode(convert_to('8:document' || '4:read' || '5:allow' || '7:someone' || '14:domainflow_app' || '::::' || '{owner,"the ' || chr(92) || '"editors' || chr(92) || '""}'
                         || '3:ada' || '1:7' || ':' || '0:' || '29:{"a": [null, "x"], "b": 1.50}' || ':' || '{"ip": "::1"}', 'UTF8'), 'hex') AS bytes;
SELECT is(pg_temp.bytes(1), e.bytes, 'the layout as it is documented') FROM expected AS e;
SELECT is(pg_temp.bytes(2), pg_temp.fixed(2) || '00'
          || encode(convert_to('8:document' || '4:read' || '5:allow' || '7:someone' || '14:domainflow_app' || '::::' || '{}'
                               || '3:ada' || ':' || ':' || '0:' || '2:{}' || ':' || '{"ip": "::1"}', 'UTF8'), 'hex'), 'null has no length');
SELECT is(pg_temp.bytes(1, 2), '02' || substr(e.bytes, 3), 'version 2 differs in what it counts, which is the same in ASCII') FROM expected AS e;
SELECT is(pg_temp.bytes(1, 0), '00' || '00000000000040008000000000000001' || '0002ece250438a94', 'version 0 is id and time') FROM expected AS e;

-- Under every setting.
CREATE FUNCTION pg_temp.under(p_setting text, p_value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_before CONSTANT text := current_setting(p_setting);
    v_bytes text;
BEGIN
    PERFORM set_config(p_setting, p_value, true);
    v_bytes := pg_temp.bytes(1);
    PERFORM set_config(p_setting, v_before, true);
    RETURN v_bytes;
END
$$;
SELECT is(pg_temp.under(s.name, s.value), e.bytes, s.name || ' = ' || s.value)
  FROM expected AS e,
       (VALUES ('DateStyle', 'SQL, DMY'), ('DateStyle', 'Postgres, MDY'), ('TimeZone', 'Pacific/Apia'), ('IntervalStyle', 'sql_standard'), ('extra_float_digits', '-15'),
               ('bytea_output', 'escape'), ('quote_all_identifiers', 'on'), ('standard_conforming_strings', 'off'), ('array_nulls', 'off'), ('xmlbinary', 'hex'),
               ('search_path', 'pg_temp, public'), ('lc_numeric', 'C'), ('jit', 'off')) AS s (name, value);
SET LOCAL client_encoding = 'LATIN1';
SELECT is(pg_temp.bytes(1), e.bytes, 'client_encoding') FROM expected AS e;
RESET client_encoding;

-- Every column counts, and no text flows into the next.
CREATE TEMPORARY TABLE kind (number integer, bytes text);
SELECT pg_temp.decide(3, 'ada', '', '{}', '{}', NULL), pg_temp.decide(4, 'ad', 'a', '{}', '{}', NULL), pg_temp.decide(5, 'ada', 'a', '{}', '{}', NULL),
       pg_temp.decide(6, 'ada', NULL, '{}', '{}', NULL, ''), pg_temp.decide(7, 'ada', NULL, ARRAY['a', 'b'], '{}', NULL), pg_temp.decide(8, 'ada', NULL, ARRAY['a,b'], '{}', NULL);
SELECT is(count(DISTINCT substr(pg_temp.bytes(n), 35)), 8::bigint, 'null and empty, a letter on either side of a border, one policy or two') FROM generate_series(1, 8) AS n;
CREATE FUNCTION pg_temp.changed(p_column text, p_value text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_differs boolean;
BEGIN
    EXECUTE format('SELECT domainflow._audit_row_hash(jsonb_populate_record(a, jsonb_build_object(%L, %L::text)), 1::smallint) '
                   '       <> domainflow._audit_row_hash(a, 1::smallint) '
                   '  FROM domainflow.audit_log AS a WHERE a.id = %L', p_column, p_value, '00000000-0000-4000-8000-000000000001') INTO v_differs;
    RETURN v_differs;
END
$$;
SELECT is_empty($$SELECT a.attname FROM pg_attribute AS a
                   WHERE a.attrelid = 'domainflow.audit_log'::regclass AND a.attnum > 0 AND NOT a.attisdropped
                     AND pg_temp.changed(a.attname::text, CASE a.atttypid
                             WHEN 'uuid'::regtype THEN '00000000-0000-4000-8000-0000000000ff' WHEN 'timestamp with time zone'::regtype THEN '2026-02-03 04:05:06.789013+00'
                             WHEN 'text[]'::regtype THEN '{x}' WHEN 'jsonb'::regtype THEN '{"x": 1}' WHEN 'double precision'::regtype THEN '0.2' ELSE '78' END) IS NOT TRUE$$,
                'a change of any column changes the hash');

-- Receipts.
SELECT is(domainflow.audit_receipt('00000000-0000-4000-8000-000000000001'),
          encode(sha256(decode(CASE WHEN getdatabaseencoding() = 'SQL_ASCII' THEN '02' ELSE '01' END || substr(e.bytes, 3, length(e.bytes) - length(e.values) - 2), 'hex')
                        || sha256(decode(e.values, 'hex'))), 'hex'), 'a receipt is the hash of the row with the hash of its values')
  FROM (SELECT e.bytes, (SELECT encode(domainflow._audit_values(a, 1::smallint), 'hex') FROM domainflow.audit_log AS a WHERE a.id = '00000000-0000-4000-8000-000000000001') AS values
          FROM expected AS e) AS e;
SELECT is(domainflow.audit_receipt('00000000-0000-4000-8000-0000000000ff'), NULL, 'nothing has none');
SET LOCAL ROLE domainflow_app;
SELECT matches(domainflow.audit_receipt(domainflow.log_authorization_decision('ada', 'document', '7', 'read', 'allow')), '^[0-9a-f]{64}$',
               'the application gets one in the transaction of the decision');
RESET ROLE;
SET LOCAL ROLE domainflow_reader;
SELECT throws_ok('SELECT domainflow.audit_receipt(NULL)', '42501', NULL, 'a reader gets none');
RESET ROLE;
SELECT is_empty($$SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = 'domainflow'::regnamespace
                   AND p.proname IN ('_audit_row_bytes', '_audit_values', '_audit_row_hash', '_audit_leaf_hash', '_sealed_length') AND p.proconfig IS NOT NULL$$,
                'what is hot has no SET clause, which would keep it from being inlined');
SELECT * FROM finish();
ROLLBACK;
