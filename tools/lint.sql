-- plpgsql_check with every warning over all PL/pgSQL of schema domainflow: one line per finding, none when all is well.
-- Runs in a transaction that rolls back; a trigger function is checked once for each table that it watches.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plpgsql_check WITH SCHEMA public;

-- What manage_entity and audit_table generate is checked with the rest: two shapes of keys.
CREATE SCHEMA lint;
CREATE TABLE lint.lint_number (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, amount numeric, tags text[]);
CREATE TABLE lint.lint_uuid ("Key" uuid PRIMARY KEY, data jsonb, at timestamptz);
DO $$
BEGIN
    PERFORM domainflow.manage_entity('lint.lint_number');
    PERFORM domainflow.manage_entity('lint.lint_uuid');
    -- The functions that decide call what models compile to.
    PERFORM domainflow.define_authorization_model('lint', E'model\nschema 1.1\ntype user');
    PERFORM domainflow.audit_table('lint.lint_number', p_redact => '{name}');
    PERFORM domainflow.audit_table('lint.lint_uuid', p_only_changed => false);
END
$$;

WITH checked AS (
    SELECT p.oid, COALESCE(t.tgrelid, 0)::regclass AS relation
      FROM pg_proc AS p
      JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
      LEFT JOIN (SELECT DISTINCT g.tgfoid, g.tgrelid FROM pg_trigger AS g WHERE g.tgparentid = 0) AS t ON t.tgfoid = p.oid
     WHERE p.pronamespace = 'domainflow'::regnamespace 
        OR p.pronamespace = 'domainflow_generated'::regnamespace AND p.proname ^@ 'audit_'
)
SELECT format('%s: line %s: %s: %s%s%s%s', c.oid::regprocedure, f.lineno, f.level, f.message, ' · ' || f.detail, ' · ' || f.hint,
              ' · ' || replace(left(f.query, 200), E'\n', ' '))
  FROM checked AS c
 CROSS JOIN LATERAL public.plpgsql_check_function_tb(c.oid, c.relation, fatal_errors => false, all_warnings => true) AS f
 ORDER BY c.oid::regprocedure::text, f.lineno;

-- Nothing was checked: say so instead of passing.
SELECT 'no PL/pgSQL function found in schema domainflow: is it installed?'
 WHERE NOT EXISTS (
           SELECT
             FROM pg_proc AS p
             JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
            WHERE p.pronamespace = to_regnamespace('domainflow'));
ROLLBACK;
