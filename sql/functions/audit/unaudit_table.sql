-- Stops recording the changes of a table; what was recorded stays, with a row UNAUDIT at its end.
--
-- The caller owns the table and is a member of domainflow_owner. Works after the table was renamed, and after it was
-- dropped: give the number that audited_table shows in its place, as in unaudit_table('16423'). Waits for writers of
-- the table. DF301 when the table is not audited, DF306 when a trigger of another table uses its
-- function, DF102 for somebody else's table.
-- Proof: Tests/SQL/audit/audit_table.sql
CREATE OR REPLACE FUNCTION domainflow.unaudit_table(p_table regclass)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Quoted by regclass. @plpgsql_check_options: security_warnings = off
DECLARE
    v_relation regclass;
BEGIN
    IF EXISTS (SELECT FROM pg_class AS c WHERE c.oid = p_table) THEN
        EXECUTE format('DROP TRIGGER IF EXISTS domainflow_audit ON %s', p_table);
        FOR v_relation IN
            SELECT p_table UNION SELECT t.relid FROM pg_partition_tree(p_table) AS t ORDER BY 1
        LOOP
            EXECUTE format('DROP TRIGGER IF EXISTS domainflow_audit_truncate ON %s', v_relation);
        END LOOP;
    END IF;
    PERFORM domainflow._forget_audit(p_table);
END
$$;

COMMENT ON FUNCTION domainflow.unaudit_table(regclass)
IS 'Stops recording the changes of a table; what was recorded stays.';
REVOKE ALL ON FUNCTION domainflow.unaudit_table(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.unaudit_table(regclass) TO domainflow_owner;
