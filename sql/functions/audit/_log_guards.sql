-- What protects one append-only table and its partitions: a row for each guard, with what was found where it does not
-- hold.
CREATE OR REPLACE FUNCTION domainflow._log_guards(p_log text)
RETURNS TABLE (guard text, found text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH log AS (
        SELECT c.oid, c.relkind FROM pg_class AS c
         WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relname = p_log AND c.relkind IN ('r', 'p')
    ), relation AS (
        SELECT c.oid, c.oid::regclass::text AS name, c.relowner, c.relacl, c.relkind, c.relpersistence, c.relrowsecurity, c.relnamespace
          FROM pg_class AS c
         WHERE c.oid IN (SELECT l.oid FROM log AS l UNION SELECT t.relid FROM log AS l CROSS JOIN pg_partition_tree(l.oid) AS t)
    ), refused AS (
        -- Before each UPDATE or DELETE of a row, before each TRUNCATE, unconditionally, whatever session_replication_role says.
        SELECT r.name, k.kind,
               EXISTS (SELECT FROM pg_trigger AS t
                        WHERE t.tgrelid = r.oid AND t.tgtype = k.tgtype AND t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr::text = ''
                          AND t.tgfoid = to_regprocedure('domainflow._refuse_change()')) AS is_kept
          FROM relation AS r CROSS JOIN (VALUES ('UPDATE and DELETE refused', 27), ('TRUNCATE refused', 34)) AS k (kind, tgtype)
    )
    SELECT 'there', CASE WHEN NOT EXISTS (SELECT FROM log) THEN 'no such table' END
    UNION ALL
    SELECT k.kind, (SELECT string_agg(f.name, ', ' ORDER BY f.name) FROM refused AS f WHERE f.kind = k.kind AND NOT f.is_kept)
      FROM (SELECT DISTINCT f.kind FROM refused AS f) AS k
    UNION ALL
    SELECT 'refusal as installed',
           CASE WHEN NOT EXISTS (SELECT FROM domainflow.catalog_expected) THEN 'unknown: catalog_expected has no rows to compare with'
                WHEN NOT EXISTS (
                    SELECT FROM pg_proc AS f
                      JOIN pg_language AS g ON g.oid = f.prolang AND g.lanname = 'plpgsql'
                      JOIN domainflow.catalog_expected AS e ON e.kind = 'function' AND e.identity = 'domainflow._refuse_change()'
                     WHERE f.oid = to_regprocedure('domainflow._refuse_change()') AND pg_get_userbyid(f.proowner) = 'domainflow_definer'
                       AND right(e.definition, length(f.prosrc) + 26) = E'\n' || f.prosrc || E'\nowner domainflow_definer')
                THEN 'domainflow._refuse_change() was changed' END
    UNION ALL
    SELECT 'owner', string_agg(format('%s: %I', r.name, pg_get_userbyid(r.relowner)), ', ' ORDER BY r.name)
                        FILTER (WHERE pg_get_userbyid(r.relowner) <> 'domainflow_definer') FROM relation AS r
    UNION ALL
    SELECT 'no rules', (SELECT string_agg(format('%s: %I', r.name, w.rulename), ', ' ORDER BY r.name, w.rulename)
                          FROM relation AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid)
    UNION ALL
    SELECT 'no other triggers', (SELECT string_agg(format('%s: %I', r.name, t.tgname), ', ' ORDER BY r.name, t.tgname)
                                   FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal
                                  WHERE t.tgfoid IS DISTINCT FROM to_regprocedure('domainflow._refuse_change()')
                                    AND NOT (p_log = 'audit_log' AND t.tgfoid = to_regprocedure('domainflow._fence_access()')))
    UNION ALL
    SELECT 'permitted writes fenced', (SELECT string_agg(r.name, ', ' ORDER BY r.name)
                                         FROM relation AS r
                                        WHERE NOT EXISTS (SELECT FROM pg_trigger AS t
                                                           WHERE t.tgrelid = r.oid AND t.tgfoid = to_regprocedure('domainflow._fence_access()')
                                                             AND t.tgenabled IN ('O', 'A') AND t.tgtype = 5 AND t.tgdeferrable))
     WHERE p_log = 'audit_log'
    UNION ALL
    SELECT 'no row security', string_agg(r.name, ', ' ORDER BY r.name)
                                  FILTER (WHERE r.relrowsecurity OR EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = r.oid))
      FROM relation AS r
    UNION ALL
    SELECT 'no direct writers', (SELECT string_agg(format('%s: %s to %s', r.name, a.privilege_type,
                                                          COALESCE(NULLIF(a.grantee, 0)::regrole::text, 'PUBLIC')),
                                                   ', ' ORDER BY r.name, a.privilege_type, a.grantee)
                                   FROM relation AS r CROSS JOIN aclexplode(r.relacl) AS a
                                  WHERE a.grantee <> r.relowner AND a.privilege_type <> 'SELECT')
    UNION ALL
    SELECT 'logged', string_agg(r.name, ', ' ORDER BY r.name) FILTER (WHERE r.relpersistence <> 'p') FROM relation AS r
    UNION ALL
    SELECT 'no heirs', (SELECT string_agg(i.inhrelid::regclass::text, ', ' ORDER BY i.inhrelid::regclass::text)
                          FROM relation AS r JOIN pg_inherits AS i ON i.inhparent = r.oid
                          JOIN pg_class AS c ON c.oid = i.inhrelid
                         WHERE r.relkind = 'r' OR c.relnamespace <> r.relnamespace OR c.relkind <> 'r')
    UNION ALL
    SELECT 'months attached', (SELECT string_agg(c.oid::regclass::text, ', ' ORDER BY c.relname)
                                 FROM pg_class AS c
                                WHERE c.relname ~ ('^' || p_log || '_([0-9]{4}_[0-9]{2}|default)$') AND c.relkind = 'r'
                                  AND NOT EXISTS (SELECT FROM relation AS r WHERE r.oid = c.oid))
$$;

COMMENT ON FUNCTION domainflow._log_guards(text) IS 'What protects one append-only table, and what is missing.';
REVOKE ALL ON FUNCTION domainflow._log_guards(text) FROM PUBLIC;
