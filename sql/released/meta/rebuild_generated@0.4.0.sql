-- Makes everything that is generated at deployment from its rows: today the update functions of managed entities.
--
-- Rows travel by logical replication, functions do not: run it on a subscriber before it takes over, and after anything else that lost
-- them. Answers with a row for each entity: made, or why not; one that cannot be made does not stop the others. Functions without a
-- row are dropped. Safe to repeat; waits for a manage_entity() at work. SECURITY DEFINER, because the functions belong to the owner of
-- schema domainflow; works from the catalog alone.
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

    kind := 'function';
    FOR name IN
        SELECT f.oid::regprocedure::text
          FROM pg_proc AS f
          JOIN pg_namespace AS n ON n.oid = f.pronamespace
         WHERE n.nspname = 'domainflow_generated' AND f.proname::text ~ '^atomic_update_.*_states?$'
           AND pg_has_role(f.proowner, 'USAGE')
           AND NOT EXISTS (SELECT FROM domainflow.managed_entity AS m
                            WHERE f.oid IN (SELECT g.oid FROM domainflow._entity_functions(m.entity) AS g (oid)))
    LOOP
        EXECUTE format('DROP FUNCTION %s', name);
        outcome := 'dropped';
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.rebuild_generated() IS 'Makes all generated functions from their rows; says of each whether it could.';
REVOKE ALL ON FUNCTION domainflow.rebuild_generated() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.rebuild_generated() TO domainflow_owner, domainflow_admin;
