-- Takes the generated functions of a table away, and with p_drop_version its version column; events stay.
--
-- Works after the table was renamed, and after it was dropped: give the number that managed_entity shows in its place, as in
-- unmanage_entity('16423'). DF301 when the table is not managed.
CREATE OR REPLACE FUNCTION domainflow.unmanage_entity(p_table regclass, p_drop_version boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_managed domainflow.managed_entity;
BEGIN
    LOCK TABLE domainflow.managed_entity IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM domainflow.managed_entity AS m WHERE m.relation = p_table RETURNING m.* INTO v_managed;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = format('%s is not managed', COALESCE(p_table::text, 'null')),
            DETAIL = format('table: %s', p_table),
            HINT = 'SELECT entity, relation FROM domainflow.managed_entity; lists what is.';
    END IF;
    PERFORM domainflow._drop_entity_functions(v_managed.entity);
    IF p_drop_version AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = p_table) THEN
        EXECUTE format('ALTER TABLE %s DROP COLUMN IF EXISTS %I', p_table, v_managed.version_column);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.unmanage_entity(regclass, boolean)
IS 'Drops the generated functions of a table, and on request its version column.';
REVOKE ALL ON FUNCTION domainflow.unmanage_entity(regclass, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.unmanage_entity(regclass, boolean) TO domainflow_owner;
