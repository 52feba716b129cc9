-- An ACL in words, without what the owner has: MAINTAIN, which only PostgreSQL 17 and later know, is the owner's alone as we install.
CREATE OR REPLACE FUNCTION domainflow._grants(p_acl aclitem[], p_owner oid)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT COALESCE(string_agg(g.grantee || '=' || g.privilege, ', ' ORDER BY g.grantee COLLATE "C", g.privilege COLLATE "C"), '')
      FROM (SELECT COALESCE(r.rolname, 'public')::text AS grantee,
                   x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END AS privilege
              FROM aclexplode(p_acl) AS x
              LEFT JOIN pg_roles AS r ON r.oid = x.grantee
             WHERE x.grantee <> p_owner) AS g
$$;

COMMENT ON FUNCTION domainflow._grants(aclitem[], oid) IS 'An ACL in words, without what the owner has.';
REVOKE ALL ON FUNCTION domainflow._grants(aclitem[], oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._grants(aclitem[], oid)
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
