-- Drops the generated functions of an entity.
--
-- Found by name in the schema in which only generated functions live, so neither a renamed type nor a dropped table leaves them behind.
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
        SELECT f.oid::regprocedure::text FROM domainflow._entity_functions(p_entity) AS f (oid)
    LOOP
        EXECUTE format('DROP FUNCTION %s', v_function);
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow._drop_entity_functions(text) IS 'Drops the generated functions of an entity.';
REVOKE ALL ON FUNCTION domainflow._drop_entity_functions(text) FROM PUBLIC;
