-- Makes everything that is generated at deployment from its rows: the update functions of managed entities, the trigger functions of audited
-- tables, and what authorization models compile to.
--
-- Rows travel by logical replication, functions do not: run it on a subscriber before it takes over, and after anything else that lost
-- them. Answers with a row for each entity, audited table and model: made, or why not; one that cannot be made does not stop the others.
-- Functions without a row are dropped. An audited table without its trigger is named: only its owner can make that, by audit_table(). Safe to
-- repeat; waits for a manage_entity(), audit_table() or define_authorization_model() at work. SECURITY DEFINER, because the functions belong to
-- the owner of schema domainflow; works from the catalog alone.
-- Proof: Tests/SQL/entity/rebuild_generated.sql, Tests/SQL/audit/audit_table.sql, Tests/SQL/authz/rebuild.sql
CREATE OR REPLACE FUNCTION domainflow.rebuild_generated(
    OUT kind text,
    OUT name text,
    OUT outcome text
)
RETURNS SETOF record
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
-- Signatures come quoted from regprocedure. @plpgsql_check_options: security_warnings = off
DECLARE
    v_function text;
BEGIN
    LOCK TABLE domainflow.managed_entity IN SHARE ROW EXCLUSIVE MODE;
    kind := 'entity';
    FOR name IN SELECT m.entity FROM domainflow.managed_entity AS m ORDER BY m.entity LOOP
        BEGIN
            PERFORM domainflow._generate_entity(name);
            outcome := 'made';
        EXCEPTION
            WHEN SQLSTATE 'DF201' OR SQLSTATE 'DF402' OR insufficient_privilege OR undefined_object THEN
                outcome := SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;

    LOCK TABLE domainflow.audited_table IN SHARE ROW EXCLUSIVE MODE;
    kind := 'audit';
    FOR v_function, name IN
        SELECT a.function_name::text, format('%I.%I', a.schema_name, a.table_name) FROM domainflow.audited_table AS a
         ORDER BY a.schema_name, a.table_name
    LOOP
        BEGIN
            PERFORM domainflow._generate_audit(v_function);
            outcome := CASE WHEN domainflow._is_recording(v_function) THEN 'made'
                            ELSE 'made, but nothing calls it: its owner must call audit_table() again' END;
        EXCEPTION
            WHEN SQLSTATE 'DF301' OR insufficient_privilege OR undefined_object THEN
                outcome := SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;

    kind := 'model';
    LOCK TABLE domainflow.authz_edge IN SHARE ROW EXCLUSIVE MODE;
    FOR name IN SELECT m.model FROM domainflow.authz_model AS m ORDER BY m.model LOOP
        PERFORM domainflow._generate_authz_model(m.model_id, m.revision) FROM domainflow.authz_model AS m WHERE m.model = name;
        outcome := 'made';
        RETURN NEXT;
    END LOOP;

    kind := 'function';
    FOR name IN
        SELECT f.oid::regprocedure::text
          FROM pg_proc AS f
          JOIN pg_namespace AS n ON n.oid = f.pronamespace
         WHERE n.nspname = 'domainflow_generated'
           AND pg_has_role(f.proowner, 'USAGE')
           AND (f.proname::text ~ '^atomic_update_.*_states?$'
                AND NOT EXISTS (SELECT FROM domainflow.managed_entity AS m
                                 WHERE f.oid IN (SELECT g.oid FROM domainflow._entity_functions(m.entity) AS g (oid)))
                OR f.proname::text ~ '^audit_.*_[0-9a-f]{8}$'
                AND NOT EXISTS (SELECT FROM domainflow.audited_table AS a WHERE a.function_name = f.proname))
    LOOP
        BEGIN
            EXECUTE format('DROP FUNCTION %s', name);
            outcome := 'dropped';
        EXCEPTION
            WHEN dependent_objects_still_exist THEN
                outcome := SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.rebuild_generated()
IS 'Makes all generated functions from their rows; says of each whether it could.';
REVOKE ALL ON FUNCTION domainflow.rebuild_generated() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.rebuild_generated() TO domainflow_owner, domainflow_admin;
