-- Writes down that a table is audited, and makes its trigger function: the part of audit_table() that the caller has no
-- rights for.
--
-- SECURITY DEFINER, so it reads only catalogs and checks itself who calls: only the table's owner may. Returns the
-- function's name. Leaves a row AUDIT in row_change, so that a log says from when on it is complete, and what it leaves
-- out.
CREATE OR REPLACE FUNCTION domainflow._remember_audit(p_table regclass, p_columns text [], p_redact text [], p_only_changed boolean)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_function text;
    v_schema name;
    v_table name;
    v_unknown text;
BEGIN
    PERFORM domainflow._refuse_foreign_table(p_table);
    -- Two callers at once would replace the same function ("tuple concurrently updated").
    LOCK TABLE domainflow.audited_table IN SHARE ROW EXCLUSIVE MODE;
    SELECT n.nspname, c.relname INTO v_schema, v_table
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = p_table;
    SELECT string_agg(quote_ident(domainflow._shown(c.name)), ', ') INTO v_unknown
      FROM unnest(p_columns || p_redact) AS c (name)
     WHERE c.name NOT IN (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped);
    IF v_unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF203',
            MESSAGE = format('table %s has no such column', p_table),
            DETAIL = format('unknown: %s', v_unknown),
            HINT = 'Give the names of columns as the catalog has them, without quotes.';
    END IF;
    SELECT string_agg(quote_ident(a.attname), ', ') INTO v_unknown
      FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = p_table AND i.indisprimary AND a.attname = ANY (p_redact);
    IF v_unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('the primary key of %s cannot be redacted', p_table),
            DETAIL = format('columns: %s', v_unknown),
            HINT = 'The key says which row changed. Give the table a key without secrets.';
    END IF;
    -- By its number too: the table may have been renamed since.
    SELECT a.function_name::text INTO v_function
      FROM domainflow.audited_table AS a
     WHERE domainflow._find_audited_table(a.function_name) = p_table LIMIT 1;
    v_function := COALESCE(v_function,
                           left(format('audit_%s_%s', v_schema, v_table), 40) || '_' || left(md5(format('%I.%I', v_schema, v_table)), 8));
    DELETE FROM domainflow.audited_table AS a WHERE a.function_name = v_function;
    INSERT INTO domainflow.audited_table (function_name, schema_name, table_name, relation, column_names, column_numbers, redacted_names,
                                          redacted_numbers, only_changed, audited_by)
    -- Number 0: no column is known by its number yet.
    SELECT v_function, v_schema, v_table, 0, p_columns::name[], '{}', COALESCE(p_redact, '{}')::name[], '{}', p_only_changed,
           COALESCE(NULLIF(current_setting('role'), 'none'), session_user::text);
    PERFORM domainflow._generate_audit(v_function);
    INSERT INTO domainflow.row_change (operation, schema_name, table_name, new)
    SELECT 'AUDIT', a.schema_name, a.table_name,
           jsonb_build_object('columns', a.column_names, 'redacted', a.redacted_names, 'only_changed', a.only_changed)
      FROM domainflow.audited_table AS a WHERE a.function_name = v_function;
    RETURN v_function;
END
$$;

COMMENT ON FUNCTION domainflow._remember_audit(regclass, text[], text[], boolean)
IS 'Writes down that a table is audited, and makes its trigger function.';
REVOKE ALL ON FUNCTION domainflow._remember_audit(regclass, text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._remember_audit(regclass, text[], text[], boolean) TO domainflow_owner;
