-- Writes down that a table is managed, and makes its functions: the part of manage_entity() that the caller has no rights for.
--
-- SECURITY DEFINER, so it reads only catalogs and checks itself who calls: only the table's owner may. What manage_entity() refuses, but
-- for the shape of the table, is refused here.
CREATE OR REPLACE FUNCTION domainflow._remember_entity(p_table regclass, p_entity text, p_key text, p_version text)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_entity text;
    v_keys name[];
BEGIN
    PERFORM domainflow._refuse_foreign_table(p_table);
    -- Two callers at once would replace the same functions ("tuple concurrently updated").
    LOCK TABLE domainflow.managed_entity IN SHARE ROW EXCLUSIVE MODE;
    v_entity := domainflow._entity_name(p_table, p_entity);
    v_keys := domainflow._entity_key(p_table, p_key);
    DELETE FROM domainflow.managed_entity AS m WHERE m.entity = v_entity;
    INSERT INTO domainflow.managed_entity
        (entity, relation, version_column, settable_columns, single_function, batch_function, schema_name, table_name, key_columns, key_types)
    SELECT v_entity, c.oid, p_version, '{}', '', '', n.nspname, c.relname, v_keys, '{}'
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid = p_table;
    RETURN domainflow._generate_entity(v_entity);
END
$$;

COMMENT ON FUNCTION domainflow._remember_entity(regclass, text, text, text) IS 'Writes down that a table is managed, and makes its functions.';
REVOKE ALL ON FUNCTION domainflow._remember_entity(regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._remember_entity(regclass, text, text, text) TO domainflow_owner;
