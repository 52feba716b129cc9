-- The functions that were generated for an entity, whatever the type of their key was.
CREATE OR REPLACE FUNCTION domainflow._entity_functions(p_entity text)
RETURNS SETOF oid
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.oid
      FROM pg_proc AS f
      JOIN pg_namespace AS n ON n.oid = f.pronamespace
     WHERE n.nspname = 'domainflow_generated'
       AND f.proname::text IN (format('atomic_update_%s_state', p_entity), format('atomic_update_%s_states', p_entity))
$$;

COMMENT ON FUNCTION domainflow._entity_functions(text) IS 'The functions that were generated for an entity.';
REVOKE ALL ON FUNCTION domainflow._entity_functions(text) FROM PUBLIC;
