-- Whether a function in schema domainflow_generated is one that manage_entity(), audit_table() or the compiler of authorization models made and
-- nobody touched since.
CREATE OR REPLACE FUNCTION domainflow._is_generated(p_function oid)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
          FROM pg_proc AS f
          JOIN pg_language AS l ON l.oid = f.prolang AND l.lanname = 'plpgsql'
          LEFT JOIN domainflow.managed_entity AS m
            ON f.oid IN (to_regprocedure(m.single_function), to_regprocedure(m.batch_function))
          LEFT JOIN domainflow.audited_table AS t
            ON f.oid = to_regprocedure(format('domainflow_generated.%I()', t.function_name)) AND f.prorettype = 'trigger'::regtype
         WHERE f.oid = p_function
           AND f.provolatile = 'v' AND f.proparallel = 'u' AND NOT (f.proleakproof OR f.proisstrict) AND f.prosupport = 0
           AND (NOT f.prosecdef AND f.proconfig IS NULL
                AND m.source_hash = (SELECT md5(string_agg(g.prosrc, E'\n' ORDER BY g.proname)) FROM pg_proc AS g
                                      WHERE g.oid IN (to_regprocedure(m.single_function), to_regprocedure(m.batch_function)))
                OR f.prosecdef AND t.source_hash = md5(concat_ws(' ', f.prosrc, f.proconfig)))
           AND pg_get_userbyid(f.proowner) = 'domainflow_definer'
           AND (SELECT string_agg(pg_get_userbyid(a.grantee) || '=' || a.privilege_type, ',' ORDER BY pg_get_userbyid(a.grantee))
                  FROM aclexplode(f.proacl) AS a)
               = CASE WHEN f.prosecdef THEN 'domainflow_definer=EXECUTE,domainflow_owner=EXECUTE'
                      ELSE 'domainflow_app=EXECUTE,domainflow_definer=EXECUTE' END)
        OR EXISTS (
        SELECT
          FROM pg_proc AS f
          JOIN pg_language AS l ON l.oid = f.prolang AND l.lanname = 'plpgsql'
          JOIN domainflow.authz_function AS a ON f.oid = to_regproc(a.function_name) AND a.source_hash = md5(f.prosrc)
         WHERE f.oid = p_function
           AND NOT f.prosecdef AND f.proconfig IS NULL
           AND f.provolatile = 's' AND f.proparallel = 'u' AND NOT (f.proleakproof OR f.proisstrict) AND f.prosupport = 0
           AND pg_get_userbyid(f.proowner) = 'domainflow_definer'
           AND (SELECT string_agg(pg_get_userbyid(x.grantee) || '=' || x.privilege_type, ',') FROM aclexplode(f.proacl) AS x)
               = 'domainflow_definer=EXECUTE')
$$;

COMMENT ON FUNCTION domainflow._is_generated(oid) IS 'Whether a function is one that was generated and nobody touched.';
REVOKE ALL ON FUNCTION domainflow._is_generated(oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._is_generated(oid)
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
