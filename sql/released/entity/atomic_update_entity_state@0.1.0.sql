-- Versioned update of one row of any managed entity, by the entity's name and the id as text.
--
-- The same answer as atomic_update_<entity>_state, planned at every call: for tools and for clients that do not know the key's type.
-- DF301 unknown entity; an id that is not of the key's type gets that type's own error.
CREATE OR REPLACE FUNCTION domainflow.atomic_update_entity_state(
    p_entity text,
    p_entity_id text,
    p_expected_version bigint,
    p_new_data jsonb,
    p_operation_context jsonb DEFAULT NULL
)
RETURNS domainflow.entity_update_result
LANGUAGE plpgsql
AS $$
-- The key's type was quoted by manage_entity(). @plpgsql_check_options: security_warnings = off, other_warnings = off, performance_warnings = off
DECLARE
    v_key_type text;
    v_result domainflow.entity_update_result;
BEGIN
    SELECT m.key_type INTO v_key_type
      FROM domainflow.managed_entity AS m
     WHERE m.entity OPERATOR(pg_catalog.=) p_entity;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = pg_catalog.format('entity %s is not managed', COALESCE(pg_catalog.quote_literal(p_entity), 'null')),
            DETAIL = pg_catalog.format('entity: %s, id: %s', p_entity, p_entity_id),
            HINT = 'SELECT entity FROM domainflow.managed_entity; lists what is. manage_entity() adds a table.';
    END IF;
    EXECUTE pg_catalog.format(
        'SELECT r.success, r.new_version, r.conflict_version, r.error_message'
        '  FROM domainflow.%I($1::%s, $2, $3, $4) AS r',
        pg_catalog.format('atomic_update_%s_state', p_entity), v_key_type)
       INTO v_result
      USING p_entity_id, p_expected_version, p_new_data, p_operation_context;
    RETURN v_result;
END
$$;

COMMENT ON FUNCTION domainflow.atomic_update_entity_state(text, text, bigint, jsonb, jsonb)
IS 'Versioned update of one row of any managed entity, by name.';
REVOKE ALL ON FUNCTION domainflow.atomic_update_entity_state(text, text, bigint, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.atomic_update_entity_state(text, text, bigint, jsonb, jsonb) TO domainflow_app;
