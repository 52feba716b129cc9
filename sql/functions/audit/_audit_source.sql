-- hot: audit.rows
-- The statement that makes the trigger function of an audited table, written for the columns that it has now.
--
-- What is computed for a row names the columns, because asking the catalog for them takes longer than all the rest. So
-- the function first looks whether its columns are still those of the table: none was added after the last, the last is
-- there, chosen ones have their names. A renamed or retyped column fails in the block, where nothing is written yet. In
-- either case _row_change_values() asks the catalog, until maintain() makes the function again. A definer, because who
-- writes a table may not write its log; it runs no code of the table's owner: see _audit_printed().
CREATE OR REPLACE FUNCTION domainflow._audit_source(p_table regclass, p_audit domainflow.audited_table)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
DECLARE
    v_partitioned boolean := (SELECT c.relkind = 'p' FROM pg_class AS c WHERE c.oid = p_table);
    v_column record;
BEGIN
    SELECT p.* INTO v_column FROM domainflow._audit_parts(p_table, p_audit) AS p;
    RETURN format('CREATE OR REPLACE FUNCTION domainflow_generated.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER %s AS %L',
                  p_audit.function_name,
        -- Settings cost each row more than all else, so only where values are printed that depend on them.
        CASE WHEN v_column.is_printed THEN 'SET search_path = pg_catalog, pg_temp SET timezone = ''UTC'' SET datestyle = ''ISO, YMD'' '
                                           'SET intervalstyle = ''postgres'' SET extra_float_digits = 1 SET bytea_output = ''hex'' '
                                           'SET lc_monetary = ''C''' END,
        format($source$
DECLARE
    v_key pg_catalog.jsonb;
    v_new_key pg_catalog.jsonb;
    v_old pg_catalog.jsonb;
    v_new pg_catalog.jsonb;
    v_redacted pg_catalog.jsonb%2$s;
    v_moved_from bigint;%17$s
BEGIN%3$s
    IF pg_catalog.has_column_privilege(%1$s, %4$s::smallint, 'SELECT') IS NULL
       AND pg_catalog.has_column_privilege(%1$s, %5$s::smallint, 'SELECT') IS NOT NULL%6$s THEN
        BEGIN
            IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
                v_key := %7$s;
                IF %8$s THEN
                    v_new_key := %9$s;
                END IF;%10$s%11$s
            ELSIF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
                v_key := %9$s;
                v_new := %12$s;
            ELSE
                v_key := %7$s;
                v_old := %13$s;
            END IF;
        EXCEPTION
            WHEN undefined_column OR datatype_mismatch THEN
                v_old := NULL;
                v_new := NULL;
        END;
    END IF;
    IF v_old IS NULL AND v_new IS NULL THEN
        SELECT v.key, v.new_key, v.old, v.new, v.redacted
          INTO v_key, v_new_key, v_old, v_new, v_redacted
          FROM domainflow._row_change_values(%14$L, %1$s, TG_OP, OLD, NEW) AS v;
    END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND v_new OPERATOR(pg_catalog.=) '{}' AND v_new_key IS NULL
       AND NOT COALESCE(pg_catalog.jsonb_path_exists(v_redacted, '$.* ? (@ == true)'), false) THEN
        RETURN NULL;
    END IF;%15$s
    INSERT INTO domainflow.row_change AS r
        (operation, schema_name, table_name, partition_name, key, key_hash, new_key, old, new, redacted, moved_from)
    VALUES (TG_OP, %19$s, v_key, pg_catalog.jsonb_hash_extended(v_key, 0), v_new_key, v_old, v_new, v_redacted,
            v_moved_from)%16$s;%18$s
    RETURN NULL;
END
$source$,
            CASE WHEN v_partitioned THEN 'v_table' ELSE 'TG_RELID' END,
            ' := ' || quote_literal(v_column.redacted) || '::pg_catalog.jsonb',
            CASE WHEN v_partitioned THEN $part$
    SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text, pg_catalog.concat(TG_TABLE_SCHEMA, '.', TG_TABLE_NAME)
      INTO v_schema, v_name, v_partition
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
     WHERE c.oid OPERATOR(pg_catalog.=) v_table;$part$ END,
            (SELECT c.relnatts + 1 FROM pg_class AS c WHERE c.oid = p_table), v_column.last,
            CASE WHEN v_column.chosen IS NOT NULL THEN
                format(E'\n       AND ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute AS a WHERE a.attrelid OPERATOR(pg_catalog.=) %s '
                       'AND a.attnum OPERATOR(pg_catalog.=) ANY (%L::smallint[]) ORDER BY a.attnum) OPERATOR(pg_catalog.=) %L::pg_catalog.name[]',
                       CASE WHEN v_partitioned THEN 'v_table' ELSE 'TG_RELID' END, v_column.chosen, v_column.chosen_names) END,
            domainflow._audit_key(v_column.keys, v_column.key_kinds, 'OLD'), COALESCE(v_column.key_differs, 'false'),
            domainflow._audit_key(v_column.keys, v_column.key_kinds, 'NEW'),
            CASE WHEN p_audit.only_changed THEN $change$
                v_old := '{}';
                v_new := '{}';$change$ || COALESCE(v_column.changes, '')
                 ELSE format($change$
                v_old := %s;
                v_new := %s;$change$, domainflow._audit_object(v_column.names, v_column.kinds, 'OLD'),
                             domainflow._audit_object(v_column.names, v_column.kinds, 'NEW')) END,
            v_column.redactions,
            domainflow._audit_object(v_column.names, v_column.kinds, 'NEW'),
            domainflow._audit_object(v_column.names, v_column.kinds, 'OLD'),
            p_audit.function_name,
            CASE WHEN v_partitioned THEN $part$
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        v_moved_from := domainflow._audit_moved_from(NEW.cmin, v_schema, v_name, v_partition);
    END IF;$part$ END,
            CASE WHEN v_partitioned THEN ' RETURNING r.id INTO v_id' END, CASE WHEN v_partitioned THEN $part$
    v_id bigint;
    v_table pg_catalog.oid := pg_catalog.pg_partition_root(TG_RELID);
    v_schema pg_catalog.text;
    v_name pg_catalog.text;
    v_partition pg_catalog.text;$part$ END,
            CASE WHEN v_partitioned THEN $part$
    IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        PERFORM domainflow._audit_leaves(v_id, OLD.xmin, OLD.cmax);
    END IF;$part$ END,
            CASE WHEN v_partitioned THEN 'v_schema, v_name, v_partition'
                 ELSE 'TG_TABLE_SCHEMA::pg_catalog.text, TG_TABLE_NAME::pg_catalog.text, NULL' END));
END
$$;

COMMENT ON FUNCTION domainflow._audit_source(regclass, domainflow.audited_table)
IS 'Statement that makes the trigger function of an audited table.';
REVOKE ALL ON FUNCTION domainflow._audit_source(regclass, domainflow.audited_table) FROM PUBLIC;
