-- Refuses, with DF201, a version column that cannot count versions.
CREATE OR REPLACE FUNCTION domainflow._check_entity_version(p_table regclass, p_keys name[], p_version text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_column pg_attribute;
BEGIN
    SELECT a.* INTO v_column
      FROM pg_attribute AS a
     WHERE a.attrelid = p_table AND a.attname::text = p_version AND a.attnum > 0 AND NOT a.attisdropped;
    IF v_column.atttypid IS DISTINCT FROM 'bigint'::regtype OR NOT v_column.attnotnull OR v_column.attgenerated <> ''
       OR v_column.attidentity <> '' OR v_column.attname = ANY (p_keys) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('column %I of table %s cannot be its version', p_version, p_table),
            DETAIL = format('type %s, not null %s, generated or identity %s, key %s',
                            format_type(v_column.atttypid, v_column.atttypmod), v_column.attnotnull,
                            v_column.attgenerated <> '' OR v_column.attidentity <> '', v_column.attname = ANY (p_keys)),
            HINT = format('Make it bigint NOT NULL (ALTER TABLE %1$s ALTER COLUMN %2$I TYPE bigint, ALTER COLUMN %2$I SET NOT NULL), '
                          'or name another column as p_version.', p_table, p_version);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._check_entity_version(regclass, name[], text) IS 'Refuses a column that cannot be a version.';
REVOKE ALL ON FUNCTION domainflow._check_entity_version(regclass, name[], text) FROM PUBLIC;
