-- What is no object of our schemas but decides what they are worth: our roles, who can act as the one that owns everything, default
-- privileges, and the rows that the installation brought.
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
    -- acting for it.
    SELECT 'membership', format('%s in %s', m.rolname, r.rolname), 'member'
      FROM pg_auth_members AS a
      JOIN pg_roles AS r ON r.oid = a.roleid
      JOIN pg_roles AS m ON m.oid = a.member
     WHERE (r.rolname IN ('domainflow_definer', 'domainflow_guard')
            OR (r.rolname LIKE 'domainflow\_%' AND m.rolname IN ('domainflow_admin', 'domainflow_app', 'domainflow_reader',
                'domainflow_auditor', 'domainflow_owner', 'domainflow_definer', 'domainflow_guard')))
       AND (current_setting('server_version_num')::integer < 160000
            OR COALESCE((to_jsonb(a) ->> 'inherit_option')::boolean, true) OR COALESCE((to_jsonb(a) ->> 'set_option')::boolean, true))
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
