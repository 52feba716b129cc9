-- Says why new_data cannot be written, or returns when it can: DF202 null, DF201 not an object, DF203 unknown key,
-- DF201 a column that may not be set.
--
-- The generated functions call it only after an update touched nothing, so it costs the hot path nothing. SECURITY DEFINER, because it
-- calls internal functions; it tells nothing about a table but what managed_entity and the catalog tell anyway.
CREATE OR REPLACE FUNCTION domainflow._check_entity_data(p_entity text, p_data jsonb, p_where text)
RETURNS void
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_managed domainflow.managed_entity;
    v_key text;
BEGIN
    IF p_data IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('new_data of entity %s is null%s', p_entity, p_where),
            DETAIL = 'new_data: null',
            HINT = 'Give an object of columns and values; {} only raises the version.';
    END IF;
    IF jsonb_typeof(p_data) <> 'object' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('new_data of entity %s is not an object%s', p_entity, p_where),
            DETAIL = format('new_data: %s', domainflow._shown(p_data::text)),
            HINT = 'Give an object whose keys are columns.';
    END IF;

    SELECT m.* INTO v_managed FROM domainflow.managed_entity AS m WHERE m.entity = p_entity;
    SELECT k.name INTO v_key
      FROM jsonb_object_keys(p_data) AS k (name)
     WHERE NOT k.name = ANY (v_managed.settable_columns::text[])
     ORDER BY k.name COLLATE "C"
     LIMIT 1;
    IF v_key IS NULL THEN
        RETURN;
    END IF;

    IF EXISTS (
        SELECT
          FROM pg_attribute AS a
         WHERE a.attrelid = domainflow._entity_table(p_entity) AND a.attname::text = v_key AND a.attnum > 0 AND NOT a.attisdropped
           AND (a.attname = ANY (v_managed.version_column || v_managed.key_columns)
                OR a.attgenerated <> '' OR a.attidentity <> '')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('column %I of entity %s cannot be set by new_data%s', v_key, p_entity, p_where),
            DETAIL = format('key: %s, version: %s; generated and identity columns are computed',
                            array_to_string(v_managed.key_columns, ', '), v_managed.version_column),
            HINT = 'Leave that key out of new_data.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'DF203',
        MESSAGE = format('entity %s has no column %s%s', p_entity, quote_literal(domainflow._shown(v_key)), p_where),
        DETAIL = format('columns that can be set: %s', domainflow._shown(array_to_string(v_managed.settable_columns, ', '))),
        HINT = format('If the column is new, run SELECT domainflow.manage_entity(%L);',
                      format('%I.%I', v_managed.schema_name, v_managed.table_name));
END
$$;

COMMENT ON FUNCTION domainflow._check_entity_data(text, jsonb, text)
IS 'Raises the reason why new_data cannot be written to an entity; returns when it can.';
REVOKE ALL ON FUNCTION domainflow._check_entity_data(text, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._check_entity_data(text, jsonb, text) TO domainflow_app;
