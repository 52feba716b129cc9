-- Makes both functions of an entity from its row in managed_entity, in schema domainflow_generated; returns the single one's signature.
--
-- Works from the catalog alone: it runs no code of the table's owner. DF402 when the type of a key lives in a schema that the owner
-- of the functions may not use, DF201 for a key or version column that is not what the row says.
CREATE OR REPLACE FUNCTION domainflow._generate_entity(p_entity text)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
-- Every part of the statements is quoted by format(). @plpgsql_check_options: security_warnings = off
DECLARE
    v_managed domainflow.managed_entity;
    v_table regclass := domainflow._entity_table(p_entity);
    v_key record;
    v_schema name;
    v_function text;
BEGIN
    SELECT m.* INTO v_managed FROM domainflow.managed_entity AS m WHERE m.entity = p_entity;
    SELECT array_agg(k.key_type ORDER BY k.place) AS key_types, count(*) AS columns, count(k.equals) AS operators,
           string_agg(k.shown_type, ', ' ORDER BY k.place) AS shown,
           string_agg(k.shown_type || '[]', ', ' ORDER BY k.place) AS shown_arrays
      INTO v_key
      FROM domainflow._entity_key_parts(v_table, v_managed.key_columns) AS k;
    IF v_table IS NULL OR v_key.columns <> cardinality(v_managed.key_columns) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('entity %s has no table with its key', p_entity),
            DETAIL = format('table: %I.%I, key: %s', v_managed.schema_name, v_managed.table_name,
                            array_to_string(v_managed.key_columns, ', ')),
            HINT = 'Create the table and call rebuild_generated(), or call manage_entity() for the one it has become.';
    END IF;
    PERFORM domainflow._check_entity_version(v_table, v_managed.key_columns, v_managed.version_column::text);
    SELECT n.nspname INTO v_schema
      FROM pg_attribute AS a
      JOIN pg_type AS t ON t.oid = a.atttypid
      JOIN pg_namespace AS n ON n.oid = t.typnamespace
     WHERE a.attrelid = v_table AND a.attname = ANY (v_managed.key_columns) AND NOT has_schema_privilege(n.oid, 'USAGE')
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF402',
            MESSAGE = format('the type of the key of %s cannot be used in a function', v_table),
            DETAIL = format('types: %s; %I, who owns the functions, has no USAGE on schema %I', v_key.shown, current_user, v_schema),
            HINT = format('GRANT USAGE ON SCHEMA %I TO %I;', v_schema, current_user);
    END IF;

    PERFORM domainflow._drop_entity_functions(p_entity);
    EXECUTE domainflow._entity_single_source(v_table, p_entity, v_managed.key_columns, v_managed.version_column);
    EXECUTE domainflow._entity_batch_source(v_table, p_entity, v_managed.key_columns, v_managed.version_column);
    FOR v_function IN
        SELECT f.oid::regprocedure::text FROM domainflow._entity_functions(p_entity) AS f (oid)
    LOOP
        EXECUTE format('COMMENT ON FUNCTION %s IS %L', v_function, format('run-time: versioned update of %s', v_table));
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO domainflow_app', v_function);
    END LOOP;

    UPDATE domainflow.managed_entity AS m
       SET relation = v_table,
           schema_name = n.nspname,
           table_name = c.relname,
           key_types = v_key.key_types,
           source_hash = (SELECT md5(string_agg(f.prosrc, E'\n' ORDER BY f.proname))
                            FROM pg_proc AS f WHERE f.oid IN (SELECT g.oid FROM domainflow._entity_functions(p_entity) AS g (oid))),
           settable_columns = COALESCE((SELECT array_agg(s.settable)
                                          FROM domainflow._entity_assignments(v_table, m.key_columns, m.version_column, '') AS s), '{}'),
           single_function = format('domainflow_generated.atomic_update_%s_state(%s, bigint, jsonb, jsonb)', p_entity, v_key.shown),
           batch_function = format('domainflow_generated.atomic_update_%s_states(%s, bigint[], jsonb[], jsonb)', p_entity,
                                   v_key.shown_arrays)
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE m.entity = p_entity AND c.oid = v_table
    RETURNING m.single_function INTO v_function;
    RETURN v_function;
END
$$;

COMMENT ON FUNCTION domainflow._generate_entity(text) IS 'Makes the functions of an entity from its row in managed_entity.';
REVOKE ALL ON FUNCTION domainflow._generate_entity(text) FROM PUBLIC;
