-- Makes the trigger function of an audited table from its row in audited_table, in schema domainflow_generated, and
-- says in the row what it was made for.
--
-- Works from the catalog alone: it runs no code of the table's owner. DF301 when the table is gone.
CREATE OR REPLACE FUNCTION domainflow._generate_audit(p_function text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
-- Every part of the statements is quoted by format(). @plpgsql_check_options: security_warnings = off
DECLARE
    v_audit domainflow.audited_table;
    v_table regclass := domainflow._find_audited_table(p_function);
    v_function text := format('domainflow_generated.%I()', p_function);
BEGIN
    SELECT a.* INTO v_audit FROM domainflow.audited_table AS a WHERE a.function_name = p_function;
    IF v_table IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = format('audited table %I.%I is gone', v_audit.schema_name, v_audit.table_name),
            DETAIL = format('number: %s', v_audit.relation),
            HINT = format('Create it and call audit_table(), or forget it: SELECT domainflow.unaudit_table(''%s'');', v_audit.relation);
    END IF;
    EXECUTE domainflow._audit_source(v_table, v_audit);
    EXECUTE format('COMMENT ON FUNCTION %s IS %L', v_function, format('run-time: records the changes of %s', v_table));
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO domainflow_owner', v_function);
    UPDATE domainflow.audited_table AS a
       SET relation = v_table,
           schema_name = n.nspname,
           table_name = c.relname,
           column_names = CASE WHEN a.column_names IS NOT NULL THEN m.recorded END,
           column_numbers = CASE WHEN a.column_names IS NOT NULL THEN m.recorded_numbers END,
           redacted_names = COALESCE(m.redacted, '{}'),
           redacted_numbers = COALESCE(m.redacted_numbers, '{}'),
           made_for = m.shape,
           source_hash = (SELECT md5(concat_ws(' ', f.prosrc, f.proconfig)) FROM pg_proc AS f WHERE f.oid = v_function::regprocedure)
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (
            SELECT array_agg(k.column_name ORDER BY k.attnum) FILTER (WHERE k.is_recorded) AS recorded,
                   array_agg(k.attnum ORDER BY k.attnum) FILTER (WHERE k.is_recorded) AS recorded_numbers,
                   array_agg(k.column_name ORDER BY k.attnum) FILTER (WHERE k.is_redacted) AS redacted,
                   array_agg(k.attnum ORDER BY k.attnum) FILTER (WHERE k.is_redacted) AS redacted_numbers,
                   domainflow._audit_shape(v_table) AS shape
              FROM domainflow._audit_columns(v_table, v_audit) AS k) AS m
     WHERE a.function_name = p_function AND c.oid = v_table;
END
$$;

COMMENT ON FUNCTION domainflow._generate_audit(text)
IS 'Makes the trigger function of an audited table from its row in audited_table.';
REVOKE ALL ON FUNCTION domainflow._generate_audit(text) FROM PUBLIC;
