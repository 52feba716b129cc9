-- The columns of an audited table as they are now: which make its key, which are recorded, which are redacted, and how
-- a value becomes JSON.
--
-- Columns that were chosen are known by their number, so a renamed one stays chosen. After a restore the numbers mean
-- nothing, and the names count. Redaction holds for either, so what a renaming leaves unclear is redacted. Virtual
-- generated columns are no part of a row. kind: see _audit_value().
CREATE OR REPLACE FUNCTION domainflow._audit_columns(p_table regclass, p_audit domainflow.audited_table)
RETURNS TABLE (attnum smallint, column_name name, is_key boolean, is_recorded boolean, is_redacted boolean, kind text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE base AS (
        SELECT a.attnum, a.attname, a.atttypid AS type
          FROM pg_attribute AS a
         WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
        UNION ALL
        SELECT b.attnum, b.attname, t.typbasetype
          FROM base AS b
          JOIN pg_type AS t ON t.oid = b.type AND t.typtype = 'd'
    ), chosen AS (
        SELECT (p_audit).relation = p_table AS by_number
    )
    SELECT b.attnum, b.attname,
           COALESCE(b.attnum = ANY (i.indkey), false),
           (p_audit).column_names IS NULL
               OR CASE WHEN c.by_number THEN b.attnum = ANY ((p_audit).column_numbers) ELSE b.attname = ANY ((p_audit).column_names) END,
           b.attname = ANY ((p_audit).redacted_names) OR (c.by_number AND b.attnum = ANY ((p_audit).redacted_numbers)),
           CASE WHEN b.type IN ('boolean'::regtype, 'smallint'::regtype, 'integer'::regtype, 'bigint'::regtype,
                                'uuid'::regtype, 'date'::regtype, 'time'::regtype, 'timestamp'::regtype) THEN 'plain'
                WHEN b.type = 'timestamp with time zone'::regtype THEN 'instant'
                WHEN b.type = 'numeric'::regtype THEN 'number'
                WHEN b.type IN ('text'::regtype, 'varchar'::regtype) THEN 'text'
                WHEN b.type = 'jsonb'::regtype THEN 'json'
                ELSE 'other' END
      FROM base AS b
      JOIN pg_type AS t ON t.oid = b.type AND t.typtype <> 'd'
     CROSS JOIN chosen AS c
      LEFT JOIN pg_index AS i ON i.indrelid = p_table AND i.indisprimary
     ORDER BY b.attnum
$$;

COMMENT ON FUNCTION domainflow._audit_columns(regclass, domainflow.audited_table)
IS 'Columns of an audited table: key, recorded, redacted, kind of value.';
REVOKE ALL ON FUNCTION domainflow._audit_columns(regclass, domainflow.audited_table) FROM PUBLIC;
