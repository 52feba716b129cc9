-- What the fingerprint hashes, one row for each object, each comment and each list of grants: for diffs between databases.
--
-- Same rows on every PostgreSQL version, for every way of installing, fresh, upgraded or restored. Grants to the owner of an
-- object and to domainflow_owner are left out: the owner differs between installations and holds every right anyway, and
-- what "every right" is differs between versions (17 added MAINTAIN, which is left out for everybody).
CREATE OR REPLACE FUNCTION domainflow.catalog_objects()
RETURNS TABLE (kind text, identity text, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH member AS MATERIALIZED (
        SELECT m.classid, m.objid, m.objsubid, m.owner, m.acl, i.type AS kind, i.identity
          FROM domainflow._catalog_members() AS m
         CROSS JOIN LATERAL pg_identify_object(m.classid, m.objid, m.objsubid) AS i
    ), described AS (
        SELECT 'pg_class'::regclass AS classid, r.objid, 0 AS objsubid, r.definition
          FROM domainflow._describe_relation() AS r
        UNION ALL
        SELECT 'pg_class'::regclass, c.objid, c.objsubid, c.definition FROM domainflow._describe_column() AS c
        UNION ALL
        SELECT 'pg_proc'::regclass, f.objid, 0, f.definition FROM domainflow._describe_routine() AS f
        UNION ALL
        SELECT 'pg_type'::regclass, t.objid, 0, t.definition FROM domainflow._describe_type() AS t
        UNION ALL
        SELECT k.classid, k.objid, 0, k.definition FROM domainflow._describe_constraint() AS k
    )
    SELECT m.kind, m.identity, COALESCE(d.definition, '')
      FROM member AS m
      LEFT JOIN described AS d ON d.classid = m.classid AND d.objid = m.objid AND d.objsubid = m.objsubid
    UNION ALL
    SELECT 'comment on ' || m.kind, m.identity, d.description
      FROM member AS m
      JOIN pg_description AS d ON d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = m.objsubid
    UNION ALL
    SELECT 'grants on ' || m.kind, m.identity,
           string_agg(g.grantee || '=' || g.privilege, ', ' ORDER BY g.grantee COLLATE "C", g.privilege COLLATE "C")
      FROM member AS m
     CROSS JOIN LATERAL (
        SELECT COALESCE(r.rolname, 'public')::text AS grantee,
               x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END AS privilege
          FROM aclexplode(m.acl) AS x
          LEFT JOIN pg_roles AS r ON r.oid = x.grantee
         WHERE x.grantee <> m.owner AND x.privilege_type <> 'MAINTAIN'
           AND r.rolname IS DISTINCT FROM 'domainflow_owner') AS g
     GROUP BY m.kind, m.identity
     ORDER BY 1, 2
$$;

COMMENT ON FUNCTION domainflow.catalog_objects()
IS 'Every object, comment and grant of the installation in a text that is the same everywhere; compare two databases with it.';
REVOKE ALL ON FUNCTION domainflow.catalog_objects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.catalog_objects()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
