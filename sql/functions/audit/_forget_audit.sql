-- Forgets that a table is audited and drops its trigger function: the part of unaudit_table() that the caller has no
-- rights for.
--
-- SECURITY DEFINER: it checks itself that the caller owns the table, unless the table is gone. Leaves a row UNAUDIT in
-- row_change. DF301 when it is not audited.
CREATE OR REPLACE FUNCTION domainflow._forget_audit(p_table regclass)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
-- Quoted by format(). @plpgsql_check_options: security_warnings = off
DECLARE
    v_audit domainflow.audited_table;
BEGIN
    PERFORM domainflow._refuse_foreign_table(p_table);
    LOCK TABLE domainflow.audited_table IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM domainflow.audited_table AS a
     WHERE a.function_name = (SELECT b.function_name FROM domainflow.audited_table AS b
                               WHERE COALESCE(domainflow._find_audited_table(b.function_name)::oid, b.relation) = p_table LIMIT 1)
    RETURNING a.* INTO v_audit;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = format('%s is not audited', COALESCE(p_table::text, 'null')),
            DETAIL = format('table: %s', p_table),
            HINT = 'SELECT schema_name, table_name FROM domainflow.audited_table; lists what is.';
    END IF;
    IF EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgfoid = to_regprocedure(format('domainflow_generated.%I()', v_audit.function_name))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF306',
            MESSAGE = format('a trigger still records the changes of %s', p_table),
            DETAIL = format('function: domainflow_generated.%I()', v_audit.function_name),
            HINT = 'Call unaudit_table(), which drops its triggers first; drop one that is attached to another table by hand.';
    END IF;
    EXECUTE format('DROP FUNCTION IF EXISTS domainflow_generated.%I()', v_audit.function_name);
    INSERT INTO domainflow.row_change (operation, schema_name, table_name, old)
    VALUES ('UNAUDIT', v_audit.schema_name, v_audit.table_name,
            jsonb_build_object('columns', v_audit.column_names, 'redacted', v_audit.redacted_names, 'only_changed', v_audit.only_changed));
END
$$;

COMMENT ON FUNCTION domainflow._forget_audit(regclass)
IS 'Forgets that a table is audited and drops its trigger function.';
REVOKE ALL ON FUNCTION domainflow._forget_audit(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._forget_audit(regclass) TO domainflow_owner;
