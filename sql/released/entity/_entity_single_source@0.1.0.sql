-- The CREATE FUNCTION statement of an entity's single form.
--
-- The happy path is one check and one UPDATE by key and expected version; the reason is looked for only when it touched nothing.
-- The check: without the columns it may set, nothing of the object is left. `{} ||` leaves an object as it is and makes an array of
-- anything else, which is never empty here; asking for the type instead costs 2,000 instructions more.
-- The new version is computed instead of returned by the statement: it was compared, so it is known.
CREATE OR REPLACE FUNCTION domainflow._entity_single_source(
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
        'CREATE OR REPLACE FUNCTION domainflow.atomic_update_%s_state(p_entity_id %s, p_expected_version bigint, p_new_data jsonb, '
        'p_operation_context jsonb DEFAULT NULL) RETURNS domainflow.entity_update_result LANGUAGE plpgsql AS %L',
        p_entity, p_key_type, format($body$
#variable_conflict use_variable
BEGIN
    IF (('{}'::jsonb OPERATOR(pg_catalog.||) p_new_data) OPERATOR(pg_catalog.-) %1$L::text[]) OPERATOR(pg_catalog.=) '{}'::jsonb THEN
        UPDATE %2$s AS e
           SET %3$s
         WHERE e.%4$I %5$s p_entity_id
           AND e.%6$I OPERATOR(pg_catalog.=) p_expected_version;
        IF FOUND THEN
            IF p_operation_context IS NOT NULL THEN
                INSERT INTO domainflow.entity_event (entity, entity_id, version, data, context)
                VALUES (%7$L, p_entity_id::text, p_expected_version OPERATOR(pg_catalog.+) 1, p_new_data, p_operation_context);
            END IF;
            RETURN ROW(true, p_expected_version OPERATOR(pg_catalog.+) 1, NULL, NULL)::domainflow.entity_update_result;
        END IF;
    END IF;
    RETURN domainflow._explain_entity_miss(
        %7$L, p_entity_id::text, p_expected_version, p_new_data,
        (SELECT e.%6$I FROM %2$s AS e WHERE e.%4$I %5$s p_entity_id));
END
$body$,
            a.settable::text, domainflow._entity_target(p_table),
            concat_ws(E',\n               ', a.assignments, format('%1$I = e.%1$I OPERATOR(pg_catalog.+) 1', p_version)),
            p_key, p_equals, p_version, p_entity))
      FROM (
        SELECT COALESCE(array_agg(s.settable), '{}') AS settable, string_agg(s.assignment, E',\n               ') AS assignments
          FROM domainflow._entity_assignments(p_table, p_key, p_version, 'p_new_data') AS s) AS a
$$;

COMMENT ON FUNCTION domainflow._entity_single_source(regclass, text, name, text, text, name)
IS 'The CREATE FUNCTION statement of an entity''s single form.';
REVOKE ALL ON FUNCTION domainflow._entity_single_source(regclass, text, name, text, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_single_source(regclass, text, name, text, text, name) TO domainflow_owner;
