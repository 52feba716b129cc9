-- Drops both generated functions of an entity, whatever the type of their key was.
--
-- Found by name and by their run-time comment, so neither a renamed type nor a dropped table leaves them behind, and a function of
-- ours is never taken for a generated one.
CREATE OR REPLACE FUNCTION domainflow._drop_entity_functions(p_entity text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Signatures come quoted from regprocedure. @plpgsql_check_options: security_warnings = off
DECLARE
    v_function text;
BEGIN
    FOR v_function IN
        SELECT f.oid::regprocedure::text
          FROM pg_proc AS f
         WHERE f.pronamespace = 'domainflow'::regnamespace
           AND f.proname IN (format('atomic_update_%s_state', p_entity), format('atomic_update_%s_states', p_entity))
           AND obj_description(f.oid, 'pg_proc') LIKE 'run-time: %'
    LOOP
        EXECUTE format('DROP FUNCTION %s', v_function);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._drop_entity_functions(text) IS 'Drops both generated functions of an entity.';
REVOKE ALL ON FUNCTION domainflow._drop_entity_functions(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._drop_entity_functions(text) TO domainflow_owner;
