-- hot: entity.update.batch
-- The CREATE FUNCTION statement of an entity's batch form: answers in the order of the arrays.
--
-- Rows are locked in the order of their keys before any is changed, so two batches cannot deadlock with one another. The statements
-- after it see the locked rows as they are now; a version that was compared cannot change any more. As in the single form, an update sets
-- only the columns that the data names: one prepared statement for all rows where nobody could tell, else one EXECUTE for each set of
-- columns that occurs.
CREATE OR REPLACE FUNCTION domainflow._entity_batch_source(p_table regclass, p_entity text, p_keys name[], p_version name)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH key AS (
        SELECT string_agg(format('%s %s[]', k.arguments, k.key_type), ', ' ORDER BY k.place) AS parameters,
               string_agg(k.arguments, ', ' ORDER BY k.place) AS arguments,
               string_agg(format('pg_catalog.unnest(%s)', k.arguments), ', ' ORDER BY k.place) AS unnests,
               string_agg(format('pg_catalog.unnest($%s)', k.place + 2), ', ' ORDER BY k.place) AS unnests_by_number,
               string_agg('k' || k.place, ', ' ORDER BY k.place) AS aliases,
               string_agg('i.k' || k.place, ', ' ORDER BY k.place) AS inputs,
               string_agg(format('e.%I %s i.k%s', k.key_column, k.equals, k.place), ' AND ' ORDER BY k.place) AS is_row,
               string_agg(format('e.%I', k.key_column), ', ' ORDER BY k.place) AS in_order,
               string_agg(format('%s IS NULL', k.arguments), ' OR ' ORDER BY k.place) AS any_null,
               CASE WHEN count(*) = 1 THEN min(format(k.as_text, 'i.k1'))
                    ELSE format('CASE WHEN pg_catalog.num_nulls(%s) OPERATOR(pg_catalog.=) 0'
                                ' THEN pg_catalog.jsonb_build_array(%s)::pg_catalog.text END',
                                string_agg('i.k' || k.place, ', ' ORDER BY k.place),
                                string_agg(format(k.as_text, 'i.k' || k.place), ', ' ORDER BY k.place)) END AS as_text,
               format(CASE WHEN count(*) = 1 THEN '%s' ELSE 'ROW(%s)' END, string_agg('i.k' || k.place, ', ' ORDER BY k.place)) AS whole,
               string_agg(format('pg_catalog.cardinality(%s)', k.arguments), ', ' ORDER BY k.place) AS counts,
               count(*) AS columns
          FROM domainflow._entity_key_parts(p_table, p_keys) AS k
    ), col AS (
        SELECT a.settable, a.value, a.is_plain, row_number() OVER () AS place
          FROM domainflow._entity_assignments(p_table, p_keys, p_version, 'i.data') AS a
    ), target AS (
        SELECT domainflow._entity_target(p_table) AS name,
               format('%1$I = e.%1$I OPERATOR(pg_catalog.+) 1', p_version) AS raise,
               (SELECT c.relkind = 'r' FROM pg_class AS c WHERE c.oid = p_table) AS is_ordinary
    ), statement AS (
        -- What comes before and after the assignments, the input and its condition, and the context.
        SELECT format(E'WITH changed AS (\n                UPDATE %s AS e SET ', t.name) AS head,
               format(E'%s\n                  FROM ROWS FROM (', t.raise) AS input,
               format(E') WITH ORDINALITY AS i (%s, expected, data, keys, place)\n                 WHERE ', k.aliases) AS condition,
               format($changed$%1$s AND e.%2$I OPERATOR(pg_catalog.=) i.expected
                RETURNING i.place, e.%2$I AS version, %3$s, i.data
            ), logged AS (
                INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context)
                SELECT %4$L, %5$s, i.version, i.data, $changed$, k.is_row, p_version, k.inputs, p_entity, k.as_text) AS logged,
               E' IS NOT NULL\n            )\n            SELECT pg_catalog.array_agg(c.place), pg_catalog.array_agg(c.version)' AS tail
          FROM target AS t, key AS k
    )
    SELECT format('CREATE OR REPLACE FUNCTION domainflow_generated.%I(%s, p_expected_versions pg_catalog.int8[], '
                  'p_new_data pg_catalog.jsonb[], p_operation_context pg_catalog.jsonb DEFAULT NULL) '
                  'RETURNS SETOF domainflow.entity_update_result LANGUAGE plpgsql AS %L',
                  format('atomic_update_%s_states', p_entity), k.parameters, format($body$
#variable_conflict use_variable
DECLARE
    v_keys pg_catalog.jsonb[];
    v_set pg_catalog.jsonb;
    v_locked pg_catalog.int8[];
    v_found pg_catalog.int8[];
    v_places pg_catalog.int8[];
    v_versions pg_catalog.int8[];
    v_changed pg_catalog.int8[] := '{}';
    v_new pg_catalog.int8[] := '{}';
BEGIN
    -- #> '{}' takes a value out of its storage: one that comes from a table may be compressed.
    IF pg_catalog.cardinality(p_new_data) OPERATOR(pg_catalog.>) 10000
       OR pg_catalog.pg_column_size(p_new_data) OPERATOR(pg_catalog.>) 67108864
       OR pg_catalog.pg_column_size(p_operation_context OPERATOR(pg_catalog.#>) '{}'::pg_catalog.text[]) OPERATOR(pg_catalog.>) 1048576 THEN
        PERFORM domainflow._refuse_entity_batch_size(%1$L, p_new_data, p_operation_context);
    END IF;
    IF %2$s OR p_expected_versions IS NULL OR p_new_data IS NULL OR NOT (
        SELECT pg_catalog.count(DISTINCT %20$s) OPERATOR(pg_catalog.=) pg_catalog.count(*)
               AND COALESCE(pg_catalog.bool_and(
                   i.expected IS NOT NULL AND pg_catalog.num_nulls(%3$s) OPERATOR(pg_catalog.=) 0
                   AND COALESCE(pg_catalog.jsonb_typeof(i.data), 'null') OPERATOR(pg_catalog.=) 'object'
                   AND CASE WHEN pg_catalog.jsonb_typeof(i.data) OPERATOR(pg_catalog.=) 'object' THEN
                       (i.data OPERATOR(pg_catalog.-) %4$L::pg_catalog.text[]) OPERATOR(pg_catalog.=) '{}'::pg_catalog.jsonb END), true)
          FROM ROWS FROM (%5$s, pg_catalog.unnest(p_expected_versions), pg_catalog.unnest(p_new_data)) AS i (%6$s, expected, data)) THEN
        PERFORM domainflow._check_entity_batch(
            %1$L, ARRAY(SELECT %7$s FROM ROWS FROM (%5$s) AS i (%6$s)), p_expected_versions, p_new_data, %2$s, ARRAY[%8$s]);
    END IF;

    SELECT pg_catalog.array_agg(l.place), pg_catalog.array_agg(l.version) INTO v_locked, v_found
      FROM (SELECT i.place, e.%9$I AS version
              FROM ROWS FROM (%5$s) WITH ORDINALITY AS i (%6$s, place)
              JOIN %10$s AS e ON %11$s
             ORDER BY %12$s
               FOR NO KEY UPDATE OF e) AS l;

    SELECT pg_catalog.array_agg(pg_catalog.jsonb_path_query_array(i.data, '$.keyvalue().key') ORDER BY i.place) INTO v_keys
      FROM pg_catalog.unnest(p_new_data) WITH ORDINALITY AS i (data, place);
%13$s        FOR v_set IN SELECT DISTINCT k.keys FROM pg_catalog.unnest(v_keys) AS k (keys) LOOP
            EXECUTE (
                SELECT %14$L OPERATOR(pg_catalog.||)
                       COALESCE(pg_catalog.string_agg(pg_catalog.format('%%I = %%s, ', c.name, c.value), ''), '')
                       OPERATOR(pg_catalog.||) %19$L
                  FROM ROWS FROM (pg_catalog.unnest(%15$L::pg_catalog.text[]), pg_catalog.unnest(%16$L::pg_catalog.text[])) AS c (name, value)
                 WHERE v_set OPERATOR(pg_catalog.?) c.name)
               INTO v_places, v_versions
              USING v_set, p_operation_context, %17$s, p_expected_versions, p_new_data, v_keys;
            v_changed := v_changed OPERATOR(pg_catalog.||) v_places;
            v_new := v_new OPERATOR(pg_catalog.||) v_versions;
        END LOOP;
%18$s
    RETURN QUERY
    SELECT a.*
      FROM ROWS FROM (%5$s, pg_catalog.unnest(p_expected_versions), pg_catalog.unnest(p_new_data))
           WITH ORDINALITY AS i (%6$s, expected, data, place)
      LEFT JOIN ROWS FROM (pg_catalog.unnest(v_changed), pg_catalog.unnest(v_new)) AS c (place, version)
        ON c.place OPERATOR(pg_catalog.=) i.place
      LEFT JOIN ROWS FROM (pg_catalog.unnest(v_locked), pg_catalog.unnest(v_found)) AS l (place, version)
        ON l.place OPERATOR(pg_catalog.=) i.place
     CROSS JOIN LATERAL (
        SELECT true, c.version, NULL::pg_catalog.int8, NULL::pg_catalog.text WHERE c.place IS NOT NULL
        UNION ALL
        SELECT m.success, m.new_version, m.conflict_version, m.error_message
          FROM domainflow._explain_entity_miss(%1$L, %7$s, i.expected, i.data, l.version) AS m
         WHERE c.place IS NULL) AS a (success, new_version, conflict_version, error_message)
     ORDER BY i.place;
END
$body$,
        p_entity, k.any_null, k.inputs, (SELECT COALESCE(array_agg(c.settable), '{}')::text FROM col AS c), k.unnests, k.aliases, k.as_text,
        k.counts,
        p_version, t.name, k.is_row, k.in_order,
        (SELECT format(E'    IF %L::pg_catalog.jsonb OPERATOR(pg_catalog.@>) ALL (v_keys)\n       AND %s THEN\n            %s;\n    ELSE\n',
                       jsonb_agg(c.settable), domainflow._entity_sets_itself(p_table), s.head || string_agg(
                           format('%1$I = CASE WHEN i.data OPERATOR(pg_catalog.?) %2$L THEN %3$s ELSE e.%1$I END, ',
                                  c.settable, c.settable::text, c.value), '' ORDER BY c.place)
                       || s.input || k.unnests || ', pg_catalog.unnest(p_expected_versions), pg_catalog.unnest(p_new_data), pg_catalog.unnest(v_keys)'
                       || s.condition || s.logged || 'p_operation_context FROM changed AS i WHERE p_operation_context' || s.tail
                       || ' INTO v_changed, v_new FROM changed AS c')
           FROM col AS c WHERE c.is_plain AND t.is_ordinary HAVING count(*) BETWEEN 1 AND 64),
        s.head,
        (SELECT COALESCE(array_agg(c.settable ORDER BY c.place), '{}')::text FROM col AS c),
        (SELECT COALESCE(array_agg(c.value ORDER BY c.place), '{}')::text FROM col AS c),
        k.arguments,
        (SELECT '    END IF;' FROM col AS c WHERE c.is_plain AND t.is_ordinary HAVING count(*) BETWEEN 1 AND 64),
        s.input || format('%s, pg_catalog.unnest($%s), pg_catalog.unnest($%s), pg_catalog.unnest($%s)',
                          k.unnests_by_number, k.columns + 3, k.columns + 4, k.columns + 5)
        || s.condition || 'i.keys OPERATOR(pg_catalog.=) $1 AND ' || s.logged || '$2 FROM changed AS i WHERE $2' || s.tail
        || ' FROM changed AS c', k.whole))
      FROM key AS k, target AS t, statement AS s
$$;

COMMENT ON FUNCTION domainflow._entity_batch_source(regclass, text, name[], name)
IS 'The CREATE FUNCTION statement of an entity''s batch form.';
REVOKE ALL ON FUNCTION domainflow._entity_batch_source(regclass, text, name[], name) FROM PUBLIC;
