-- Runs before each step, whoever applies it, and at the head of each script: names mean what PostgreSQL means by them, and nothing
-- that the installation finds is trusted unless a role owns it that is at least as powerful as the one that installs.
--
-- A role without superuser becomes a member of domainflow_definer here and leaves it when the step hands its objects over: see
-- hand_over.sql. DF302 names an object that is in the way; DF402 a role of ours that somebody else has in hand; DF406 a missing right.
SET LOCAL search_path = pg_catalog, pg_temp;
-- The catalog keeps a function's SET clause as quote_ident() writes it.
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
DO $prelude$
DECLARE
    v_super boolean := (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user);
    v_found record;
    v_role  text;
BEGIN
    -- Roles are the cluster's, so somebody may have made ours before, with more rights than they have or with members.
    SELECT r.rolname, CASE WHEN r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
                           THEN 'has attributes beyond NOLOGIN' WHEN r.rolcanlogin THEN 'can log in' ELSE 'has the member ' || m.rolname END AS what
      INTO v_found
      FROM pg_roles AS r
      LEFT JOIN (pg_auth_members AS a JOIN pg_roles AS m ON m.oid = a.member AND m.rolname <> current_user
                 AND NOT m.rolsuper AND NOT m.rolcreaterole AND m.rolname <> 'domainflow_definer')
        -- Who is a member of the others is up to the user.
        ON a.roleid = r.oid AND r.rolname IN ('domainflow_definer', 'domainflow_guard')
     WHERE r.rolname IN ('domainflow_definer', 'domainflow_guard', 'domainflow_owner', 'domainflow_app', 'domainflow_reader',
                         'domainflow_auditor', 'domainflow_admin')
       AND (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls OR r.rolcanlogin OR m.rolname IS NOT NULL)
     ORDER BY r.rolname, m.rolname
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF402',
            MESSAGE = format('role %s %s', v_found.rolname, regexp_replace(v_found.what, '[[:cntrl:]]', '?', 'g')),
            DETAIL = 'DomainFlow gives it rights, so it is a role that cannot log in and has no attributes; the one that owns what is installed '
                     'has no members either.',
            HINT = format('Look who made it, then take that away: ALTER ROLE %1$I NOLOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION '
                          'NOBYPASSRLS; REVOKE %1$I FROM its members;', v_found.rolname);
    END IF;

    IF NOT v_super THEN
        FOR v_role IN SELECT r.rolname FROM pg_roles AS r WHERE r.rolname IN ('domainflow_definer', 'domainflow_guard') LOOP
            CONTINUE WHEN pg_has_role(current_user, v_role, 'USAGE');
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', v_role)
                    || CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END;
            EXCEPTION WHEN insufficient_privilege THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'DF406',
                    MESSAGE = format('%s may not act for %s, which owns DomainFlow', current_user, v_role),
                    DETAIL = SQLERRM,
                    HINT = format('GRANT %I TO %I WITH ADMIN OPTION; as the role that made it, or install as a superuser.', v_role, current_user);
            END;
        END LOOP;
    END IF;

    -- Everything in our schemas has an owner we trust. What belongs to the first superuser of the cluster has no row in pg_shdepend.
    -- Functions that manage_entity() made up to 0.3 belong to the role that called it. hand_over.sql leaves them to it, and step 0020
    -- drops them and makes others. They were never definers: one that is would act for whoever owns it then.
    -- Its name is its maker's choice: nothing in it may look like another line of the message.
    SELECT left(regexp_replace(o.what, '[[:cntrl:]]', '?', 'g'), 200) AS what, regexp_replace(r.rolname, '[[:cntrl:]]', '?', 'g') AS owner
      INTO v_found
      FROM (SELECT format('schema %s', n.nspname) AS what, n.nspowner AS owner,
                   -- CREATE EXTENSION has made it this moment, for the caller.
                   n.xmin = pg_current_xact_id()::xid AS is_new
              FROM pg_namespace AS n
             WHERE n.nspname IN ('domainflow', 'domainflow_generated')
            UNION ALL
            SELECT pg_describe_object(d.classid, d.objid, 0), s.refobjid, false
              FROM pg_namespace AS n
              JOIN pg_depend AS d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
              JOIN pg_shdepend AS s ON s.classid = d.classid AND s.objid = d.objid AND s.deptype = 'o'
                   AND s.dbid = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())
             WHERE n.nspname IN ('domainflow', 'domainflow_generated')
               -- The extension belongs to the role that asked for it; its script runs as a superuser, because it is trusted.
               AND NOT (d.classid = 'pg_extension'::regclass AND EXISTS (
                       SELECT FROM pg_extension AS e WHERE e.oid = d.objid AND e.extname = 'domainflow'))
               AND NOT (d.classid = 'pg_proc'::regclass AND EXISTS (
                       SELECT FROM pg_proc AS f
                        WHERE f.oid = d.objid AND f.proname ~ '^atomic_update_.*_states?$' AND NOT f.prosecdef))) AS o
      JOIN pg_roles AS r ON r.oid = o.owner
     WHERE NOT (r.rolsuper OR r.rolname = current_user OR r.rolname IN ('domainflow_definer', 'domainflow_guard') OR o.is_new)
     ORDER BY o.what
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = format('%s is there already and belongs to %s', v_found.what, v_found.owner),
            DETAIL = format('installing: %s', current_user),
            HINT = format('Drop or rename it. If it is an installation by %s that you trust: let that role upgrade it, or give what it owns '
                          'here to yours first, with REASSIGN OWNED BY %s TO %s;',
                          v_found.owner, quote_ident(v_found.owner), quote_ident(current_user));
    END IF;

    -- A restored dump makes the schema before the extension, with the owner it had, and CREATE EXTENSION makes it for a caller whose script
    -- runs as a superuser; step 0001 knows only the installer.
    IF EXISTS (
        SELECT
          FROM pg_namespace AS n
         WHERE n.nspname = 'domainflow'
           AND (pg_get_userbyid(n.nspowner) = 'domainflow_definer' OR v_super AND n.xmin = pg_current_xact_id()::xid)
           AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
                              AND d.classid <> 'pg_extension'::regclass)) THEN
        ALTER SCHEMA domainflow OWNER TO CURRENT_USER;
        -- What its maker had granted, or had by default privileges, goes.
        FOR v_role IN
            SELECT DISTINCT COALESCE(quote_ident(r.rolname), 'PUBLIC')
              FROM pg_namespace AS n
             CROSS JOIN aclexplode(n.nspacl) AS a
              LEFT JOIN pg_roles AS r ON r.oid = a.grantee
             WHERE n.nspname = 'domainflow' AND a.grantee <> n.nspowner
        LOOP
            EXECUTE format('REVOKE ALL ON SCHEMA domainflow FROM %s', v_role);
        END LOOP;
    END IF;

    -- Nobody else may create there: up to 0.3 domainflow_owner could, and step 0018 takes that away.
    SELECT n.nspname, COALESCE(regexp_replace(r.rolname, '[[:cntrl:]]', '?', 'g'), 'PUBLIC') AS grantee
      INTO v_found
      FROM pg_namespace AS n
     CROSS JOIN aclexplode(n.nspacl) AS a
      LEFT JOIN pg_roles AS r ON r.oid = a.grantee
     WHERE n.nspname IN ('domainflow', 'domainflow_generated') AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
       AND NOT COALESCE(r.rolsuper OR r.rolname = current_user OR r.rolname IN ('domainflow_definer', 'domainflow_guard', 'domainflow_owner'), false)
     ORDER BY n.nspname, grantee
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF302',
            MESSAGE = format('%s may create in schema %s', v_found.grantee, v_found.nspname),
            DETAIL = format('installing: %s', current_user),
            HINT = format('REVOKE CREATE ON SCHEMA %I FROM %s; functions of DomainFlow could come to mean what is created there.', v_found.nspname,
                          CASE v_found.grantee WHEN 'PUBLIC' THEN 'PUBLIC' ELSE quote_ident(v_found.grantee) END);
    END IF;
END
$prelude$;
