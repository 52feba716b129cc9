-- Every catalog object that makes up an installation: addresses as in pg_depend, with owner and ACL.
--
-- Everything in schema domainflow, whoever made it and whatever its comment says. Left out is what appears while the product runs, so that
-- a busy database and a fresh one have the same members: partitions of a month and what hangs on them (_partition_drift() looks at
-- those; the default ones come with the installation). NOT NULL constraints are left out because only PostgreSQL 18 has them as objects;
-- the column says it anyway.
CREATE OR REPLACE FUNCTION domainflow._catalog_members()
RETURNS TABLE (classid oid, objid oid, objsubid integer, owner oid, acl aclitem[])
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH space AS (
        SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_namespace AS n WHERE n.nspname IN ('domainflow', 'domainflow_generated')
    ), relation AS (
        SELECT c.oid, c.relkind, c.relowner, COALESCE(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
          FROM pg_class AS c
          JOIN space AS s ON s.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
           AND (NOT c.relispartition OR EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partdefid = c.oid))
    )
    SELECT 'pg_namespace'::regclass, s.oid, 0, s.nspowner, COALESCE(s.nspacl, acldefault('n', s.nspowner))
      FROM space AS s
    UNION ALL
    SELECT 'pg_class'::regclass, r.oid, 0, r.relowner, r.acl
      FROM relation AS r WHERE r.relkind <> 'c'
    UNION ALL
    SELECT 'pg_class'::regclass, r.oid, a.attnum::integer, r.relowner, a.attacl
      FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
     WHERE r.relkind <> 'S' AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_class'::regclass, i.indexrelid, 0, r.relowner, NULL
      FROM relation AS r JOIN pg_index AS i ON i.indrelid = r.oid
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, 0, s.nspowner, NULL
      FROM space AS s JOIN pg_constraint AS k ON k.connamespace = s.oid
     WHERE k.contype <> 'n' AND k.conparentid = 0
       AND (k.conrelid = 0 OR EXISTS (SELECT FROM relation AS r WHERE r.oid = k.conrelid))
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid, 0, r.relowner, NULL
      FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid
     WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, 0, r.relowner, NULL
      FROM relation AS r JOIN pg_policy AS p ON p.polrelid = r.oid
    UNION ALL
    SELECT 'pg_rewrite'::regclass, w.oid, 0, r.relowner, NULL
      FROM relation AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid
     WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'pg_proc'::regclass, f.oid, 0, f.proowner, COALESCE(f.proacl, acldefault('f', f.proowner))
      FROM space AS s JOIN pg_proc AS f ON f.pronamespace = s.oid
     WHERE NOT (s.nspname = 'domainflow_generated' AND domainflow._is_generated(f.oid))
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, t.typowner, COALESCE(t.typacl, acldefault('T', t.typowner))
      FROM space AS s JOIN pg_type AS t ON t.typnamespace = s.oid
     WHERE t.typtype IN ('e', 'd', 'r') OR EXISTS (SELECT FROM relation AS r WHERE r.oid = t.typrelid AND r.relkind = 'c')
    UNION ALL
    -- Operators, collations and everything else that nobody has a reason to put there.
    SELECT d.classid, d.objid, 0, COALESCE(o.refobjid, 10::oid), NULL
      FROM space AS s
      JOIN pg_depend AS d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = s.oid
      LEFT JOIN pg_shdepend AS o ON o.classid = d.classid AND o.objid = d.objid AND o.deptype = 'o'
           AND o.dbid = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())
     WHERE d.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass,
                             'pg_extension'::regclass, 'pg_default_acl'::regclass)
$$;

COMMENT ON FUNCTION domainflow._catalog_members() IS 'Addresses, owners and ACLs of all objects that make up an installation.';
REVOKE ALL ON FUNCTION domainflow._catalog_members() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._catalog_members()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
