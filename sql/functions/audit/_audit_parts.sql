-- The columns of an audited table, as _audit_source() needs them: keys, recorded ones, redacted ones, and the text that
-- compares and records each.
CREATE OR REPLACE FUNCTION domainflow._audit_parts(
    p_table regclass,
    p_audit domainflow.audited_table,
    OUT last smallint,
    OUT is_printed boolean,
    OUT keys name [],
    OUT key_kinds text [],
    OUT names name [],
    OUT kinds text [],
    OUT redacted jsonb,
    OUT chosen smallint [],
    OUT chosen_names name [],
    OUT key_differs text,
    OUT changes text,
    OUT redactions text
)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    SELECT max(c.attnum) AS last,
           bool_or(c.kind = 'other' AND (c.is_recorded OR c.is_key)) AS is_printed,
           array_agg(c.column_name ORDER BY c.attnum) FILTER (WHERE c.is_key) AS keys,
           array_agg(c.kind ORDER BY c.attnum) FILTER (WHERE c.is_key) AS key_kinds,
           array_agg(c.column_name ORDER BY c.attnum) FILTER (WHERE c.is_recorded AND NOT c.is_redacted) AS names,
           array_agg(c.kind ORDER BY c.attnum) FILTER (WHERE c.is_recorded AND NOT c.is_redacted) AS kinds,
           jsonb_object_agg(c.column_name, true) FILTER (WHERE c.is_redacted) AS redacted,
           array_agg(c.attnum ORDER BY c.attnum)
               FILTER (WHERE c.is_redacted OR (p_audit.column_names IS NOT NULL AND c.is_recorded)) AS chosen,
           array_agg(c.column_name ORDER BY c.attnum)
               FILTER (WHERE c.is_redacted OR (p_audit.column_names IS NOT NULL AND c.is_recorded)) AS chosen_names,
           string_agg(d.differs, ' OR ' ORDER BY c.attnum) FILTER (WHERE c.is_key) AS key_differs,
           string_agg(format($change$
                IF %s THEN
                    v_old := v_old OPERATOR(pg_catalog.||) %s;
                    v_new := v_new OPERATOR(pg_catalog.||) %s;
                END IF;$change$, d.differs, domainflow._audit_object(ARRAY[c.column_name], ARRAY[c.kind], 'OLD'),
                             domainflow._audit_object(ARRAY[c.column_name], ARRAY[c.kind], 'NEW')), '' ORDER BY c.attnum)
               FILTER (WHERE c.is_recorded AND NOT c.is_redacted) AS changes,
           string_agg(format($change$
                v_redacted := v_redacted OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(%L, %s);$change$, c.column_name, d.differs), '' ORDER BY c.attnum)
               FILTER (WHERE c.is_redacted) AS redactions
      FROM domainflow._audit_columns(p_table, p_audit) AS c
     CROSS JOIN LATERAL (
            SELECT domainflow._audit_differs(c.kind, format('OLD.%I', c.column_name), format('NEW.%I', c.column_name)) AS differs) AS d
$$;

COMMENT ON FUNCTION domainflow._audit_parts(regclass, domainflow.audited_table)
IS 'The columns of an audited table, as its trigger function needs them.';
REVOKE ALL ON FUNCTION domainflow._audit_parts(regclass, domainflow.audited_table) FROM PUBLIC;
