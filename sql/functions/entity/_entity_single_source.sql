-- hot: entity.update
-- The CREATE FUNCTION statement of an entity's single form.
--
-- An update sets the columns that the data names and no other: column grants and UPDATE OF triggers are those of a plain UPDATE. Data that
-- names one column, or none, runs a prepared statement of its own (for the first 64 columns). Several columns are set by an EXECUTE
-- that is planned at each call, or by one prepared statement that sets the others to themselves, where nobody could tell the
-- difference: no trigger asks for columns, the caller may read and update the whole table, no column is in a unique index, and there are at
-- most 64.
-- The keys of the data come as one jsonb array, so that choosing costs one comparison a column. The path is strict: what is no object
-- gives no keys. The answer and the event have the version that the row got, because a trigger may count it in its own way. The reason of
-- a refusal is looked for only after nothing was changed.
CREATE OR REPLACE FUNCTION domainflow._entity_single_source(p_table regclass, p_entity text, p_keys name[], p_version name)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH key AS (
        SELECT string_agg(format('%s %s', k.argument, k.key_type), ', ' ORDER BY k.place) AS parameters,
               string_agg(format('e.%I %s %s', k.key_column, k.equals, k.argument), ' AND ' ORDER BY k.place) AS is_row,
               string_agg(format('e.%I %s $%s', k.key_column, k.equals, k.place + 2), ' AND ' ORDER BY k.place) AS is_row_by_number,
               string_agg(k.argument, ', ' ORDER BY k.place) AS arguments,
               CASE WHEN count(*) = 1 THEN min(format(k.as_text, k.argument))
                    ELSE format('CASE WHEN pg_catalog.num_nulls(%s) OPERATOR(pg_catalog.=) 0'
                                ' THEN pg_catalog.jsonb_build_array(%s)::pg_catalog.text END',
                                string_agg(k.argument, ', ' ORDER BY k.place),
                                string_agg(format(k.as_text, k.argument), ', ' ORDER BY k.place)) END AS as_text
          FROM domainflow._entity_key_parts(p_table, p_keys) AS k
    ), col AS (
        SELECT a.settable, a.value, a.is_plain, row_number() OVER () AS place
          FROM domainflow._entity_assignments(p_table, p_keys, p_version, 'p_new_data') AS a
    ), target AS (
        SELECT domainflow._entity_target(p_table) AS name,
               format('%1$I = e.%1$I OPERATOR(pg_catalog.+) 1', p_version) AS raise,
               (SELECT c.relkind = 'r' FROM pg_class AS c WHERE c.oid = p_table) AS is_ordinary
    ), statement AS (
        SELECT format('UPDATE %s AS e SET ', t.name) AS head,
               format(E'%s\n         WHERE %s AND e.%I OPERATOR(pg_catalog.=) p_expected_version\n        RETURNING e.%I INTO v_version;',
                      t.raise, k.is_row, p_version, p_version) AS tail
          FROM target AS t, key AS k
    )
    SELECT format('CREATE OR REPLACE FUNCTION domainflow_generated.%I(%s, p_expected_version pg_catalog.int8, p_new_data pg_catalog.jsonb, '
                  'p_operation_context pg_catalog.jsonb DEFAULT NULL) RETURNS domainflow.entity_update_result LANGUAGE plpgsql AS %L',
                  format('atomic_update_%s_state', p_entity), k.parameters, format($body$
#variable_conflict use_variable
DECLARE
    v_keys pg_catalog.jsonb := pg_catalog.jsonb_path_query_array(p_new_data, 'strict $.keyvalue().key', '{}', true);
    v_version pg_catalog.int8;
BEGIN
    -- #> '{}' takes a value out of its storage: one that comes from a table may be compressed.
    IF pg_catalog.pg_column_size(p_new_data OPERATOR(pg_catalog.#>) '{}'::pg_catalog.text[]) OPERATOR(pg_catalog.>) 16777216
       OR pg_catalog.pg_column_size(p_operation_context OPERATOR(pg_catalog.#>) '{}'::pg_catalog.text[]) OPERATOR(pg_catalog.>) 1048576 THEN
        PERFORM domainflow._refuse_entity_size(%1$L, p_new_data, p_operation_context);
    END IF;
%2$sIF v_keys OPERATOR(pg_catalog.=) '[]'::pg_catalog.jsonb THEN
        IF p_new_data OPERATOR(pg_catalog.=) '{}'::pg_catalog.jsonb THEN
        %3$s
        END IF;
%4$s    ELSIF v_keys OPERATOR(pg_catalog.<@) %5$L::pg_catalog.jsonb THEN
        EXECUTE (
            SELECT %14$L OPERATOR(pg_catalog.||)
                   pg_catalog.string_agg(pg_catalog.format('%%I = %%s', c.name, c.value), ', ')
                   OPERATOR(pg_catalog.||) %7$L
              FROM ROWS FROM (pg_catalog.unnest(%8$L::pg_catalog.text[]), pg_catalog.unnest(%9$L::pg_catalog.text[])) AS c (name, value)
             WHERE v_keys OPERATOR(pg_catalog.?) c.name)
           INTO v_version
          USING p_new_data, p_expected_version, %10$s;
    END IF;
    IF v_version IS NULL THEN
        RETURN domainflow._explain_entity_miss(
            %1$L, %11$s, p_expected_version, p_new_data, (SELECT e.%12$I FROM %6$s AS e WHERE %13$s));
    END IF;
    IF p_operation_context IS NOT NULL THEN
        INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context)
        VALUES (%1$L, %11$s, v_version, p_new_data, p_operation_context);
    END IF;
    RETURN ROW(true, v_version, NULL, NULL)::domainflow.entity_update_result;
END
$body$,
        p_entity,
        (SELECT COALESCE(string_agg(format(E'    %sIF v_keys OPERATOR(pg_catalog.=) %L::pg_catalog.jsonb THEN\n        %s\n',
                                  CASE WHEN c.place > 1 THEN 'ELS' END, jsonb_build_array(c.settable),
                                  s.head || format('%I = %s, ', c.settable, c.value) || s.tail), '' ORDER BY c.place)
                || '    ELS', '    ')
           FROM col AS c WHERE c.place <= 64),
        s.head || s.tail,
        (SELECT format(E'    ELSIF v_keys OPERATOR(pg_catalog.<@) %L::pg_catalog.jsonb\n          AND %s THEN\n        %s\n',
                       jsonb_agg(c.settable), domainflow._entity_sets_itself(p_table), s.head || string_agg(
                           format('%1$I = CASE WHEN p_new_data OPERATOR(pg_catalog.?) %2$L THEN %3$s ELSE e.%1$I END, ',
                                  c.settable, c.settable::text, c.value), '' ORDER BY c.place) || s.tail)
           FROM col AS c WHERE c.is_plain AND t.is_ordinary HAVING count(*) BETWEEN 2 AND 64),
        (SELECT COALESCE(jsonb_agg(c.settable), '[]') FROM col AS c),
        t.name,
        format(', %s WHERE %s AND e.%I OPERATOR(pg_catalog.=) $2 RETURNING e.%I', t.raise, k.is_row_by_number, p_version, p_version),
        (SELECT COALESCE(array_agg(c.settable ORDER BY c.place), '{}')::text FROM col AS c),
        (SELECT COALESCE(array_agg(a.value), '{}')::text FROM domainflow._entity_assignments(p_table, p_keys, p_version, '$1') AS a),
        k.arguments, k.as_text, p_version, k.is_row, s.head))
      FROM key AS k, target AS t, statement AS s
$$;

COMMENT ON FUNCTION domainflow._entity_single_source(regclass, text, name[], name)
IS 'The CREATE FUNCTION statement of an entity''s single form.';
REVOKE ALL ON FUNCTION domainflow._entity_single_source(regclass, text, name[], name) FROM PUBLIC;
