-- What is no object of our schemas but decides what they are worth: our roles, who can act as the one that owns everything, what else they
-- may, default privileges, what hangs on our objects from other schemas, and the rows that the installation brought.
CREATE OR REPLACE FUNCTION domainflow._catalog_surroundings()
RETURNS TABLE (kind text, identity text, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
SET standard_conforming_strings = on
SET extra_float_digits = 1
SET bytea_output = 'hex'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET TimeZone = 'UTC'
AS $$
    SELECT 'role', r.rolname::text,
           format('superuser %s, createrole %s, createdb %s, login %s, replication %s, bypassrls %s, inherit %s',
                  r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls, r.rolinherit)
      FROM pg_roles AS r
     WHERE r.rolname IN ('domainflow_owner', 'domainflow_app', 'domainflow_reader', 'domainflow_auditor', 'domainflow_admin',
                         'domainflow_definer', 'domainflow_guard')
    UNION ALL
    -- Who is a member of the other roles is up to the user. Since PostgreSQL 16 a role that makes another may administer it, without
    -- acting for it; a role that could not have made it was given that.
    SELECT 'membership', format('%s in %s', m.rolname, r.rolname), 'member'
      FROM pg_auth_members AS a
      JOIN pg_roles AS r ON r.oid = a.roleid
      JOIN pg_roles AS m ON m.oid = a.member
     WHERE (r.rolname IN ('domainflow_definer', 'domainflow_guard')
            OR (r.rolname LIKE 'domainflow\_%' AND m.rolname IN ('domainflow_admin', 'domainflow_app', 'domainflow_reader',
                'domainflow_auditor', 'domainflow_owner', 'domainflow_definer', 'domainflow_guard')))
       AND (current_setting('server_version_num')::integer < 160000 OR NOT (m.rolcreaterole OR m.rolsuper)
            OR COALESCE((to_jsonb(a) ->> 'inherit_option')::boolean, true) OR COALESCE((to_jsonb(a) ->> 'set_option')::boolean, true))
    UNION
    -- The owner of everything acts for nobody, or its functions would; the others for no role with the powers of a server.
    SELECT 'membership', format('%s in %s', m.rolname, r.rolname), 'member'
      FROM pg_auth_members AS a
      JOIN pg_roles AS r ON r.oid = a.roleid
      JOIN pg_roles AS m ON m.oid = a.member
     WHERE m.rolname IN ('domainflow_definer', 'domainflow_guard')
        OR (m.rolname IN ('domainflow_admin', 'domainflow_app', 'domainflow_reader', 'domainflow_auditor', 'domainflow_owner')
            AND (r.rolname LIKE 'pg\_%' OR r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls))
    UNION ALL
    SELECT 'elsewhere', pg_describe_object(h.classid, h.objid, 0), h.what
      FROM (SELECT 'pg_class'::regclass AS classid, i.inhrelid AS objid, format('inherits from %s', i.inhparent::regclass) AS what
              FROM pg_inherits AS i
              JOIN pg_class AS p ON p.oid = i.inhparent AND p.relkind = 'r'
             WHERE p.relnamespace = to_regnamespace('domainflow')
            UNION ALL
            SELECT 'pg_constraint'::regclass, k.oid, pg_get_constraintdef(k.oid)
              FROM pg_constraint AS k
              JOIN pg_class AS p ON p.oid = k.confrelid
             WHERE k.contype = 'f' AND k.conparentid = 0
               AND p.relnamespace = to_regnamespace('domainflow') AND k.connamespace <> p.relnamespace
            UNION ALL
            SELECT 'pg_cast'::regclass, k.oid, format('%s %s', k.castfunc::regprocedure, k.castcontext)
              FROM pg_cast AS k
              JOIN pg_type AS t ON t.oid IN (k.castsource, k.casttarget)
             WHERE t.typnamespace = to_regnamespace('domainflow')
            UNION ALL
            -- An intersection, because the planner knows nothing about pg_depend after an installation.
            SELECT x.classid, x.objid, 'goes with another extension'
              FROM (SELECT d.classid, d.objid FROM pg_depend AS d
                     WHERE d.refclassid = 'pg_extension'::regclass
                       AND d.refobjid NOT IN (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'domainflow')
                    INTERSECT
                    SELECT d.classid, d.objid FROM pg_depend AS d
                     WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = to_regnamespace('domainflow')) AS x) AS h
    UNION ALL
    SELECT 'default privileges', format('%s of %s in %s', d.defaclobjtype, pg_get_userbyid(d.defaclrole), COALESCE(n.nspname, 'any schema')),
           domainflow._grants(d.defaclacl, 0::oid)
      FROM pg_default_acl AS d
      LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
     WHERE n.nspname IN ('domainflow', 'domainflow_generated') OR pg_get_userbyid(d.defaclrole) LIKE 'domainflow\_%'
    UNION ALL
    SELECT 'partition', p.identity, p.found
      FROM domainflow._partition_drift() AS p
    UNION ALL
    SELECT 'rows', 'domainflow.error_code', md5(string_agg(e::text, E'\n' ORDER BY e.code COLLATE "C"))
      FROM domainflow.error_code AS e
    UNION ALL
    SELECT 'rows', 'domainflow.state_machine ' || m.machine,
           md5(concat_ws(E'\n', m.definition::text,
               (SELECT string_agg(s::text, E'\n' ORDER BY s.state COLLATE "C") FROM domainflow.state AS s WHERE s.machine = m.machine),
               (SELECT string_agg(t::text, E'\n' ORDER BY t.from_state COLLATE "C", t.to_state COLLATE "C")
                  FROM domainflow.state_transition AS t WHERE t.machine = m.machine)))
      FROM domainflow.state_machine AS m
     WHERE m.built_in
$$;

COMMENT ON FUNCTION domainflow._catalog_surroundings() IS 'Roles, memberships, default privileges, odd partitions and seed rows, as the fingerprint hashes them.';
REVOKE ALL ON FUNCTION domainflow._catalog_surroundings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._catalog_surroundings()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
