-- Drops the generated functions of a table and forgets it; returns its version column: the part of unmanage_entity() that the caller has
-- no rights for.
--
-- SECURITY DEFINER: it checks itself that the caller owns the table, unless the table is gone. DF301 when it is not managed.
CREATE OR REPLACE FUNCTION domainflow._forget_entity(p_table regclass)
RETURNS name
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_managed domainflow.managed_entity;
BEGIN
    PERFORM domainflow._refuse_foreign_table(p_table);
    LOCK TABLE domainflow.managed_entity IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM domainflow.managed_entity AS m WHERE m.entity = domainflow._entity_of(p_table) RETURNING m.* INTO v_managed;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = format('%s is not managed', COALESCE(p_table::text, 'null')),
            DETAIL = format('table: %s', p_table),
            HINT = 'SELECT entity, schema_name, table_name FROM domainflow.managed_entity; lists what is.';
    END IF;
    PERFORM domainflow._drop_entity_functions(v_managed.entity);
    RETURN v_managed.version_column;
END
$$;

COMMENT ON FUNCTION domainflow._forget_entity(regclass) IS 'Drops the generated functions of a table and forgets it.';
REVOKE ALL ON FUNCTION domainflow._forget_entity(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._forget_entity(regclass) TO domainflow_owner;
