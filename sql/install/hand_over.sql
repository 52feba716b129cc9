-- Gives every object of our schemas to domainflow_definer, a role without login, rights beyond them, or members; the function that
-- calls guards to domainflow_guard, which has no rights at all. Each step ends with it, so that no definer function ever has the rights of
-- the role that installed it. Writes down what catalog_drift() expects from here on. A role without superuser leaves both roles again.
DO $hand_over$
DECLARE
    v_object record;
    v_role   text;
BEGIN
    -- The schemas first: a new owner needs CREATE on an object's schema.
    FOR v_object IN
        SELECT n.nspname FROM pg_catalog.pg_namespace AS n
         WHERE n.nspname IN ('domainflow', 'domainflow_generated') AND n.nspowner <> 'domainflow_definer'::pg_catalog.regrole
    LOOP
        EXECUTE pg_catalog.format('ALTER SCHEMA %I OWNER TO domainflow_definer', v_object.nspname);
    END LOOP;
    FOR v_object IN
        SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
               c.oid::pg_catalog.regclass::text AS identity
          FROM pg_catalog.pg_class AS c
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('domainflow', 'domainflow_generated') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
           AND c.relowner <> 'domainflow_definer'::pg_catalog.regrole
           -- A sequence of an identity column goes with its table.
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                              AND c.relkind = 'S')
        UNION ALL
        SELECT CASE f.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, f.oid::pg_catalog.regprocedure::text
          FROM pg_catalog.pg_proc AS f
          JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
         WHERE n.nspname IN ('domainflow', 'domainflow_generated') AND f.proname <> '_call_guard'
           AND f.proowner <> 'domainflow_definer'::pg_catalog.regrole
           -- What the prelude lets pass by its name is not ours: its owner could have written anything into it.
           AND NOT (f.proname ~ '^atomic_update_.*_states?$'
                    AND NOT (SELECT r.rolsuper OR r.rolname = current_user FROM pg_catalog.pg_roles AS r WHERE r.oid = f.proowner))
        UNION ALL
        SELECT 'TYPE', t.oid::pg_catalog.regtype::text
          FROM pg_catalog.pg_type AS t
          JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
          LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
         WHERE n.nspname IN ('domainflow', 'domainflow_generated') AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
           AND t.typowner <> 'domainflow_definer'::pg_catalog.regrole
    LOOP
        EXECUTE pg_catalog.format('ALTER %s %s OWNER TO domainflow_definer', v_object.kind, v_object.identity);
    END LOOP;
    FOR v_object IN
        SELECT f.oid::pg_catalog.regprocedure::text AS identity
          FROM pg_catalog.pg_proc AS f
         WHERE f.pronamespace = 'domainflow'::pg_catalog.regnamespace AND f.proname = '_call_guard'
           AND f.proowner <> 'domainflow_guard'::pg_catalog.regrole
    LOOP
        GRANT CREATE ON SCHEMA domainflow TO domainflow_guard;
        EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO domainflow_guard', v_object.identity);
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO domainflow_definer', v_object.identity);
        REVOKE CREATE ON SCHEMA domainflow FROM domainflow_guard;
    END LOOP;

    IF pg_catalog.to_regprocedure('domainflow._remember_catalog()') IS NOT NULL THEN
        PERFORM domainflow._remember_catalog();
    END IF;

    IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user) THEN
        FOREACH v_role IN ARRAY ARRAY['domainflow_definer', 'domainflow_guard'] LOOP
            EXECUTE pg_catalog.format('REVOKE %I FROM CURRENT_USER', v_role);
        END LOOP;
    END IF;
END
$hand_over$;
