-- The CREATE FUNCTION statement of an entity's batch form: one statement, answers in the order of the arrays.
--
-- Rows are locked in the order of their keys before any is changed, so two batches cannot deadlock with one another. The version is
-- compared on the locked row, which is the newest one even if it changed after the statement's snapshot; the UPDATE that follows in
-- the same statement reaches that same row, because nobody else can change it any more.
CREATE OR REPLACE FUNCTION domainflow._entity_batch_source(
    p_table regclass,
    p_entity text,
    p_key name,
    p_key_type text,
    p_equals text,
    p_version name
)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(
        'CREATE OR REPLACE FUNCTION domainflow.atomic_update_%s_states(p_entity_ids %s[], p_expected_versions bigint[], '
        'p_new_data jsonb[], p_operation_context jsonb DEFAULT NULL) '
        'RETURNS SETOF domainflow.entity_update_result LANGUAGE plpgsql AS %L',
        p_entity, p_key_type, format($body$
#variable_conflict use_variable
BEGIN
    IF p_entity_ids IS NULL OR NOT (
        SELECT pg_catalog.count(DISTINCT i.id) OPERATOR(pg_catalog.=) pg_catalog.count(*)
               AND COALESCE(pg_catalog.bool_and(
                   i.expected IS NOT NULL AND COALESCE(pg_catalog.jsonb_typeof(i.data), 'null') OPERATOR(pg_catalog.=) 'object'
                   AND CASE WHEN pg_catalog.jsonb_typeof(i.data) OPERATOR(pg_catalog.=) 'object' THEN
                       (i.data OPERATOR(pg_catalog.-) %1$L::text[]) OPERATOR(pg_catalog.=) '{}'::jsonb END), true)
          FROM ROWS FROM (pg_catalog.unnest(p_entity_ids), pg_catalog.unnest(p_expected_versions), pg_catalog.unnest(p_new_data))
               AS i (id, expected, data)) THEN
        PERFORM domainflow._check_entity_batch(%7$L, p_entity_ids::text[], p_expected_versions, p_new_data);
    END IF;
    RETURN QUERY
    WITH input AS MATERIALIZED (
        SELECT i.id, i.expected, i.data, i.place
          FROM ROWS FROM (pg_catalog.unnest(p_entity_ids), pg_catalog.unnest(p_expected_versions), pg_catalog.unnest(p_new_data))
               WITH ORDINALITY AS i (id, expected, data, place)
    ), locked AS MATERIALIZED (
        SELECT e.%4$I AS id, e.%6$I AS version
          FROM %2$s AS e
         WHERE e.%4$I %5$s ANY (p_entity_ids)
         ORDER BY e.%4$I
           FOR NO KEY UPDATE
    ), changed AS (
        UPDATE %2$s AS e
           SET %3$s
          FROM input AS i
          JOIN locked AS l ON l.id %5$s i.id AND l.version OPERATOR(pg_catalog.=) i.expected
         WHERE e.%4$I %5$s l.id
        RETURNING i.place, i.id, i.expected, i.data
    ), logged AS (
        INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context)
        SELECT %7$L, c.id::text, c.expected OPERATOR(pg_catalog.+) 1, c.data, p_operation_context
          FROM changed AS c
         WHERE p_operation_context IS NOT NULL
    )
    SELECT a.*
      FROM input AS i
      LEFT JOIN changed AS c ON c.place OPERATOR(pg_catalog.=) i.place
      LEFT JOIN locked AS l ON c.place IS NULL AND l.id %5$s i.id
     CROSS JOIN LATERAL (
        SELECT true, c.expected OPERATOR(pg_catalog.+) 1, NULL::bigint, NULL::text WHERE c.place IS NOT NULL
        UNION ALL
        SELECT m.success, m.new_version, m.conflict_version, m.error_message
          FROM domainflow._explain_entity_miss(%7$L, i.id::text, i.expected, i.data, l.version) AS m
         WHERE c.place IS NULL) AS a (success, new_version, conflict_version, error_message)
     ORDER BY i.place;
END
$body$,
            a.settable::text, domainflow._entity_target(p_table),
            concat_ws(E',\n               ', a.assignments, format('%1$I = e.%1$I OPERATOR(pg_catalog.+) 1', p_version)),
            p_key, p_equals, p_version, p_entity))
      FROM (
        SELECT COALESCE(array_agg(s.settable), '{}') AS settable, string_agg(s.assignment, E',\n               ') AS assignments
          FROM domainflow._entity_assignments(p_table, p_key, p_version, 'i.data') AS s) AS a
$$;

COMMENT ON FUNCTION domainflow._entity_batch_source(regclass, text, name, text, text, name)
IS 'The CREATE FUNCTION statement of an entity''s batch form.';
REVOKE ALL ON FUNCTION domainflow._entity_batch_source(regclass, text, name, text, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_batch_source(regclass, text, name, text, text, name) TO domainflow_owner;
