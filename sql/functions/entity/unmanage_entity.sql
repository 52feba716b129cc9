-- Takes the generated functions of a table away, and with p_drop_version its version column; events stay.
--
-- The caller owns the table and is a member of domainflow_owner. Works after the table was renamed, and after it was dropped: give the
-- number that managed_entity shows in its place, as in unmanage_entity('16423'). DF301 when the table is not managed, DF102 for somebody
-- else's table, DF202 when p_drop_version is null.
-- Proof: Tests/SQL/entity/manage_entity.sql
CREATE OR REPLACE FUNCTION domainflow.unmanage_entity(p_table regclass, p_drop_version boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Quoted by format(). @plpgsql_check_options: security_warnings = off
DECLARE
    v_version name;
BEGIN
    IF p_drop_version IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'p_drop_version is null',
            DETAIL = format('table: %s', p_table),
            HINT = 'Give true to drop the version column, false to keep it.';
    END IF;
    v_version := domainflow._forget_entity(p_table);
    IF p_drop_version AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = p_table) THEN
        EXECUTE format('ALTER TABLE %s DROP COLUMN IF EXISTS %I', p_table, v_version);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow.unmanage_entity(regclass, boolean)
IS 'Drops the generated functions of a table, and on request its version column.';
REVOKE ALL ON FUNCTION domainflow.unmanage_entity(regclass, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.unmanage_entity(regclass, boolean) TO domainflow_owner;
