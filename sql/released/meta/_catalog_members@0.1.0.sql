-- Every catalog object that makes up an installation: addresses as in pg_depend, with owner and ACL.
--
-- Leaves out what appears while the product runs, so that a busy database and a fresh one have the same members:
-- dated partitions and all that hangs on them (the default ones come with the installation), and objects whose comment begins
-- with `run-time: `. NOT NULL constraints are left out because only PostgreSQL 18 has them as objects; the column says it anyway.
CREATE OR REPLACE FUNCTION domainflow._catalog_members()
RETURNS TABLE (classid oid, objid oid, objsubid integer, owner oid, acl aclitem[])
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH space AS (
        SELECT n.oid, n.nspowner, n.nspacl FROM pg_namespace AS n WHERE n.nspname = 'domainflow'
    ), run_time AS (
        SELECT d.classoid, d.objoid FROM pg_description AS d WHERE d.objsubid = 0 AND d.description LIKE 'run-time: %'
    ), relation AS (
        SELECT c.oid, c.relkind, c.relowner, COALESCE(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
          FROM pg_class AS c
          JOIN space AS s ON s.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
           AND (NOT c.relispartition OR EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partdefid = c.oid))
           AND NOT EXISTS (SELECT FROM run_time AS r WHERE r.classoid = 'pg_class'::regclass AND r.objoid = c.oid)
           -- The sequence behind an identity column of a run-time table goes with its table.
           AND NOT EXISTS (
               SELECT
                 FROM pg_depend AS d
                 JOIN run_time AS r ON r.classoid = d.refclassid AND r.objoid = d.refobjid
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('i', 'a'))
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
     WHERE NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, 0, r.relowner, NULL
      FROM relation AS r JOIN pg_policy AS p ON p.polrelid = r.oid
    UNION ALL
    SELECT 'pg_proc'::regclass, f.oid, 0, f.proowner, COALESCE(f.proacl, acldefault('f', f.proowner))
      FROM space AS s JOIN pg_proc AS f ON f.pronamespace = s.oid
     WHERE NOT EXISTS (SELECT FROM run_time AS r WHERE r.classoid = 'pg_proc'::regclass AND r.objoid = f.oid)
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, t.typowner, COALESCE(t.typacl, acldefault('T', t.typowner))
      FROM space AS s JOIN pg_type AS t ON t.typnamespace = s.oid
     WHERE (t.typtype IN ('e', 'd', 'r')
            OR EXISTS (SELECT FROM relation AS r WHERE r.oid = t.typrelid AND r.relkind = 'c'))
       AND NOT EXISTS (SELECT FROM run_time AS r WHERE r.classoid = 'pg_type'::regclass AND r.objoid = t.oid)
$$;

COMMENT ON FUNCTION domainflow._catalog_members() IS 'Addresses, owners and ACLs of all objects that make up an installation.';
REVOKE ALL ON FUNCTION domainflow._catalog_members() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._catalog_members()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
