-- What row_change says about a row, for a table that was altered since its trigger function was made: asks the catalog
-- for the columns.
--
-- Gives what the generated function would give, at ten times its cost.
CREATE OR REPLACE FUNCTION domainflow._row_change_values(
    p_function text,
    p_table regclass,
    p_operation text,
    p_old record,
    p_new record,
    OUT key jsonb,
    OUT new_key jsonb,
    OUT old jsonb,
    OUT new jsonb,
    OUT redacted jsonb
)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
SET timezone = 'UTC'
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'postgres'
SET extra_float_digits = 1
SET bytea_output = 'hex'
SET lc_monetary = 'C'
AS $$
-- Every part of the statement is quoted by format(). @plpgsql_check_options: security_warnings = off, performance_warnings = off
DECLARE
    v_audit domainflow.audited_table;
    v_column record;
    v_changed text[];
BEGIN
    SELECT a.* INTO v_audit FROM domainflow.audited_table AS a WHERE a.function_name = p_function;
    SELECT array_agg(c.column_name) FILTER (WHERE c.is_key) AS keys, array_agg(c.kind) FILTER (WHERE c.is_key) AS key_kinds,
           array_agg(c.column_name) FILTER (WHERE c.is_recorded AND NOT c.is_redacted) AS names,
           array_agg(c.kind) FILTER (WHERE c.is_recorded AND NOT c.is_redacted) AS kinds,
           array_agg(c.column_name) FILTER (WHERE c.is_redacted) AS redacted,
           string_agg(format('CASE WHEN %s THEN %L END',
                             domainflow._audit_differs(c.kind, format('($1).%I', c.column_name), format('($2).%I', c.column_name)), c.column_name), ', ') AS differs
      INTO v_column
      FROM domainflow._audit_columns(p_table, v_audit) AS c;
    IF p_operation <> 'INSERT' THEN
        EXECUTE format('SELECT %s, %s', domainflow._audit_object(v_column.keys, v_column.key_kinds, '($1)'),
                       domainflow._audit_object(v_column.names, v_column.kinds, '($1)')) INTO key, old USING p_old;
    END IF;
    IF p_operation <> 'DELETE' THEN
        EXECUTE format('SELECT %s, %s', domainflow._audit_object(v_column.keys, v_column.key_kinds, '($1)'),
                       domainflow._audit_object(v_column.names, v_column.kinds, '($1)')) INTO new_key, new USING p_new;
    END IF;
    IF p_operation = 'INSERT' THEN
        key := new_key;
        new_key := NULL;
    ELSIF p_operation = 'UPDATE' THEN
        EXECUTE format('SELECT array_remove(ARRAY[%s]::text[], NULL)', v_column.differs) INTO v_changed USING p_old, p_new;
        IF NOT v_changed && v_column.keys::text[] IS TRUE THEN
            new_key := NULL;
        END IF;
        IF v_audit.only_changed THEN
            old := (SELECT COALESCE(jsonb_object_agg(o.key, o.value), '{}') FROM jsonb_each(old) AS o WHERE o.key = ANY (v_changed));
            new := (SELECT COALESCE(jsonb_object_agg(n.key, n.value), '{}') FROM jsonb_each(new) AS n WHERE n.key = ANY (v_changed));
        END IF;
    END IF;
    key := NULLIF(key, '{}');
    redacted := (SELECT jsonb_object_agg(r.name, p_operation <> 'UPDATE' OR r.name = ANY (v_changed))
                   FROM unnest(v_column.redacted::text[]) AS r (name));
END
$$;

COMMENT ON FUNCTION domainflow._row_change_values(text, regclass, text, record, record)
IS 'What row_change says about a row of a table that was altered.';
REVOKE ALL ON FUNCTION domainflow._row_change_values(text, regclass, text, record, record) FROM PUBLIC;
