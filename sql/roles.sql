-- The roles of DomainFlow. Cluster-wide, idempotent, safe to run beside another installation.
--
-- owner: deploys, through functions. app: calls the functions. reader: reads reports. auditor: reads the audit trail. admin: all of
-- app, reader and auditor. None can log in: grant them to your own login roles. definer owns every object and guard calls the guards of
-- state machines: nobody is a member of these two.
-- A role that may not create roles gets DF406; a superuser then runs this file once.
DO $roles$
DECLARE
    v_role text;
    v_missing text[];
BEGIN
    SELECT pg_catalog.array_agg(r.name ORDER BY r.name)
      INTO v_missing
      FROM pg_catalog.unnest(ARRAY['domainflow_owner', 'domainflow_app', 'domainflow_reader',
                                   'domainflow_auditor', 'domainflow_admin', 'domainflow_definer',
                                   'domainflow_guard']::pg_catalog.text[]) AS r(name)
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS p WHERE p.rolname OPERATOR(pg_catalog.=) r.name);
    FOREACH v_role IN ARRAY COALESCE(v_missing, '{}'::pg_catalog.text[]) LOOP
        BEGIN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', v_role);
        EXCEPTION
            -- Another database of the cluster is being installed at this moment: the role is there, which is all we want.
            WHEN duplicate_object OR unique_violation THEN
                NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'DF406',
                    MESSAGE = pg_catalog.format('role %s does not exist, and %s may not create it', v_role, current_user),
                    DETAIL = pg_catalog.format('missing: %s', pg_catalog.array_to_string(v_missing, ', ')),
                    HINT = 'Let a role with CREATEROLE run sql/roles.sql once in this cluster, then try again.';
        END;
    END LOOP;

    FOREACH v_role IN ARRAY ARRAY['domainflow_app', 'domainflow_reader', 'domainflow_auditor']::pg_catalog.text[] LOOP
        CONTINUE WHEN EXISTS (
            SELECT
              FROM pg_catalog.pg_auth_members AS m
             WHERE m.roleid OPERATOR(pg_catalog.=) v_role::pg_catalog.regrole
               AND m.member OPERATOR(pg_catalog.=) 'domainflow_admin'::pg_catalog.regrole);
        BEGIN
            EXECUTE pg_catalog.format('GRANT %I TO domainflow_admin', v_role);
        EXCEPTION
            WHEN unique_violation THEN
                NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'DF406',
                    MESSAGE = pg_catalog.format('domainflow_admin is not a member of %s, and %s may not change that',
                                                v_role, current_user),
                    DETAIL = pg_catalog.format('missing membership: %s', v_role),
                    HINT = 'Let a role with CREATEROLE run sql/roles.sql once in this cluster, then try again.';
        END;
    END LOOP;
END
$roles$;
