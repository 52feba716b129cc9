-- The fingerprint sees every change of the installation and nothing else.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(63);

CREATE TEMPORARY TABLE fresh AS SELECT domainflow.catalog_fingerprint() AS fingerprint;
CREATE FUNCTION pg_temp.changes(p_statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_after text;
BEGIN
    BEGIN
        EXECUTE p_statement;
        v_after := domainflow.catalog_fingerprint();
        RAISE EXCEPTION USING ERRCODE = 'TEST0';
    EXCEPTION WHEN SQLSTATE 'TEST0' THEN
        RETURN v_after IS DISTINCT FROM (SELECT fingerprint FROM fresh);
    END;
END
$$;

SELECT matches(domainflow.catalog_fingerprint(), '^sha256:v2:[0-9a-f]{64}$', 'shape of the fingerprint');
SELECT is(domainflow.catalog_fingerprint(), (SELECT fingerprint FROM fresh), 'it is stable');
SET LOCAL search_path = domainflow, public;
SELECT is(domainflow.catalog_fingerprint(), (SELECT fingerprint FROM fresh), 'search_path does not matter');
SET LOCAL search_path = public;
SELECT is_empty('SELECT kind, identity FROM domainflow.catalog_objects() GROUP BY kind, identity HAVING count(*) > 1',
                'catalog_objects() names each object once');
SELECT is_empty($$SELECT identity FROM domainflow.catalog_objects() AS o
                   WHERE kind IN ('table', 'view', 'function', 'type', 'composite type', 'sequence', 'index')
                     AND NOT EXISTS (SELECT FROM domainflow.catalog_objects() AS c
                                      WHERE c.kind = 'comment on ' || o.kind AND c.identity = o.identity)
                     AND identity ~ '(error_code|entity|state|transaction_metric)'$$, 'every object has a comment');
SELECT is_empty($$SELECT identity FROM domainflow.catalog_objects() WHERE kind LIKE 'grants on %' AND definition ~ 'public='
                     AND kind IN ('grants on function', 'grants on table', 'grants on schema')$$, 'PUBLIC may do nothing');

SELECT ok(pg_temp.changes(statement), 'seen: ' || statement) FROM (VALUES
    ('CREATE FUNCTION domainflow.extra() RETURNS int LANGUAGE sql AS ''SELECT 1'''),
    ('ALTER FUNCTION domainflow.version() SET work_mem = ''1MB'''),
    ('ALTER FUNCTION domainflow.version() SECURITY DEFINER'),
    ('ALTER FUNCTION domainflow.version() STABLE'),
    ('GRANT EXECUTE ON FUNCTION domainflow.version() TO PUBLIC'),
    ('REVOKE SELECT ON domainflow.error_code FROM domainflow_reader'),
    ('GRANT SELECT ON domainflow.error_code TO domainflow_reader WITH GRANT OPTION'),
    ('GRANT SELECT (code) ON domainflow.error_code TO PUBLIC'),
    ('COMMENT ON FUNCTION domainflow.version() IS ''other'''),
    ('COMMENT ON COLUMN domainflow.error_code.code IS NULL'),
    ('ALTER TABLE domainflow.error_code ADD COLUMN extra text'),
    ('ALTER TABLE domainflow.error_code ALTER COLUMN description SET DEFAULT ''x'''),
    ('ALTER TABLE domainflow.error_code ALTER COLUMN description DROP NOT NULL'),
    ('ALTER TABLE domainflow.error_code ADD COLUMN extra int GENERATED ALWAYS AS (http_status + 1) STORED'),
    ('ALTER TABLE domainflow.error_code ADD COLUMN extra int GENERATED ALWAYS AS IDENTITY'),
    ('ALTER TABLE domainflow.error_code ADD CONSTRAINT extra CHECK (http_status < 1000)'),
    ('ALTER TABLE domainflow.error_code SET (fillfactor = 50)'),
    ('ALTER TABLE domainflow.error_code ENABLE ROW LEVEL SECURITY'),
    ('CREATE POLICY extra ON domainflow.error_code TO PUBLIC USING (true)'),
    ('CREATE INDEX extra ON domainflow.error_code (http_status)'),
    ('ALTER TABLE domainflow.state_event DISABLE TRIGGER state_event_append_only'),
    ('DROP TRIGGER state_event_append_only ON domainflow.state_event'),
    ('CREATE INDEX extra ON domainflow.entity_event_default (actor)'),
    ('DROP TRIGGER entity_event_default_no_truncate ON domainflow.entity_event_default'),
    ('CREATE TYPE domainflow.extra AS ENUM (''a'')'),
    ('ALTER TYPE domainflow.transition_result ADD ATTRIBUTE extra text'),
    ('CREATE DOMAIN domainflow.extra AS int CHECK (VALUE > 0)'),
    ('CREATE SEQUENCE domainflow.extra'),
    ('CREATE VIEW domainflow.extra AS SELECT code FROM domainflow.error_code')) AS s (statement);

SELECT ok(pg_temp.changes(statement), 'seen, though it was not before 0.4: ' || statement) FROM (VALUES
    ('GRANT ALL ON domainflow.error_code TO domainflow_owner'),
    ('ALTER TABLE domainflow.error_code OWNER TO domainflow_owner'),
    ('ALTER FUNCTION domainflow.version() OWNER TO domainflow_owner'),
    ('CREATE TABLE domainflow.entity_event_p1 PARTITION OF domainflow.entity_event FOR VALUES FROM (''2001-01-01'') TO (''2001-02-01'')'),
    ('CREATE FUNCTION domainflow.extra() RETURNS int LANGUAGE sql AS ''SELECT 1''; '
     'COMMENT ON FUNCTION domainflow.extra() IS ''run-time: x'''),
    ('CREATE SEQUENCE domainflow.extra; COMMENT ON SEQUENCE domainflow.extra IS ''run-time: lane'''),
    ('CREATE FUNCTION domainflow_generated.extra() RETURNS int LANGUAGE sql AS ''SELECT 1'''),
    ('CREATE RULE extra AS ON INSERT TO domainflow.audit_log DO INSTEAD NOTHING'),
    ('CREATE OPERATOR domainflow.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)'),
    ('CREATE COLLATION domainflow.extra FROM "C"'),
    ('ALTER ROLE domainflow_definer LOGIN'),
    ('GRANT domainflow_definer TO domainflow_owner'),
    ('GRANT domainflow_admin TO domainflow_owner'),
    ('ALTER DEFAULT PRIVILEGES IN SCHEMA domainflow GRANT SELECT ON TABLES TO PUBLIC'),
    ('ALTER TABLE domainflow.audit_log_default DISABLE TRIGGER audit_log_no_change'),
    ('INSERT INTO domainflow.error_code VALUES (''VAL_EXTRA'', ''DF299'', 400, false, ''x'')'),
    ('UPDATE domainflow.state_machine SET definition = definition || ''{"x": 1}'' WHERE built_in')) AS s (statement);

SELECT ok(NOT pg_temp.changes(statement), 'not seen: ' || statement) FROM (VALUES
    ('REVOKE ALL ON domainflow.error_code FROM CURRENT_USER'),
    ('SELECT domainflow.ensure_partitions(3)'),
    ('CREATE ROLE domainflow_test_login; GRANT domainflow_app TO domainflow_test_login'),
    ('ANALYZE domainflow.error_code')) AS s (statement);

SELECT is(domainflow.catalog_fingerprint(), (SELECT fingerprint FROM fresh), setting || ' does not matter')
  FROM (VALUES ('quote_all_identifiers', 'on'), ('standard_conforming_strings', 'off'), ('IntervalStyle', 'sql_standard'),
               ('DateStyle', 'German, DMY'), ('TimeZone', 'Asia/Kathmandu'), ('bytea_output', 'escape'), ('extra_float_digits', '-15'))
       AS s (setting, value),
       LATERAL set_config(s.setting, s.value, true) AS c
 WHERE c IS NOT NULL;

SELECT * FROM finish();
ROLLBACK;
