-- What protects the logs, and what makes the record of each audited table complete: a row for each guard, whether it
-- holds, and what was found if not.
--
-- For each append-only table: its triggers on every partition, that they fire always and refuse as installed, owner,
-- rules, foreign triggers, row security, grants, heirs, detached months, and whether it was silent in the last full
-- hour. maintain() opens an alert for a guard that does not hold, and closes it when it holds again. A superuser can
-- deceive it, and its alerts: export what must convince a third party. SECURITY DEFINER, because it reads what
-- audited_table and catalog_expected say. Without JIT: its many small queries of catalogs took most of their time to compile.
-- Proof: Scenarios/audit/watched.spec, Tests/SQL/audit/guards.sql
CREATE OR REPLACE FUNCTION domainflow.audit_guard_status()
RETURNS TABLE (object text, guard text, holds boolean, found text)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
SET jit = off
AS $$
    SELECT s.object, s.guard, s.found IS NULL, s.found
      FROM (SELECT 'domainflow.' || l.log_name AS object, g.guard, g.found
              FROM domainflow._audit_logs() AS l CROSS JOIN LATERAL domainflow._log_guards(l.log_name) AS g
            UNION ALL
            SELECT 'domainflow.' || l.log_name, 'not silent', domainflow._silent_log(l.log_name)
              FROM domainflow._audit_logs() AS l WHERE l.has_pulse
            UNION ALL
            SELECT format('%I.%I', a.schema_name, a.table_name), g.guard, g.found
              FROM domainflow.audited_table AS a CROSS JOIN LATERAL domainflow._audited_table_guards(a.function_name) AS g
            UNION ALL
            -- Its function records no values of an altered table then: nobody knows which are secret.
            SELECT t.tgrelid::regclass::text, 'registered',
                   'audited_table has no row for its trigger function: its owner must call audit_table() again'
              FROM pg_trigger AS t JOIN pg_proc AS f ON f.oid = t.tgfoid
             WHERE f.pronamespace = 'domainflow_generated'::regnamespace AND t.tgparentid = 0
               AND NOT EXISTS (SELECT FROM domainflow.audited_table AS a WHERE a.function_name = f.proname)) AS s
     ORDER BY s.found IS NULL, s.object, s.guard
$$;

COMMENT ON FUNCTION domainflow.audit_guard_status()
IS 'What protects the logs, whether it holds, and what was found if not; what does not hold first.';
REVOKE ALL ON FUNCTION domainflow.audit_guard_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.audit_guard_status() TO domainflow_auditor, domainflow_admin, domainflow_owner;
