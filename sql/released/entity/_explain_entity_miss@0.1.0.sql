-- The answer of a versioned update that touched nothing: not found, or a conflict with the version that was found.
--
-- Raises DF202 for a null id or version and what _check_entity_data() raises for bad new_data.
CREATE OR REPLACE FUNCTION domainflow._explain_entity_miss(
    p_entity text,
    p_entity_id text,
    p_expected_version bigint,
    p_new_data jsonb,
    p_found_version bigint
)
RETURNS domainflow.entity_update_result
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM domainflow._check_entity_data(p_entity, p_new_data, '');
    IF p_entity_id IS NULL OR p_expected_version IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('entity id and expected version of %s are required', p_entity),
            DETAIL = format('id: %s, expected version: %s', p_entity_id, p_expected_version),
            HINT = 'Read the version together with the row, and give it back.';
    END IF;
    RETURN ROW(
        false, NULL, p_found_version,
        CASE
            WHEN p_found_version IS NULL THEN
                format('%s %s not found', p_entity, p_entity_id)
            -- It reached the expected version after the update had looked, or a trigger or row security kept it from changing.
            WHEN p_found_version = p_expected_version THEN
                format('%s %s was not updated although it has version %s: read it again and retry; if that repeats, '
                       'a trigger or a row security policy suppresses the update', p_entity, p_entity_id, p_found_version)
            ELSE
                format('version conflict on %s %s: expected %s, found %s', p_entity, p_entity_id, p_expected_version, p_found_version)
        END)::domainflow.entity_update_result;
END
$$;

COMMENT ON FUNCTION domainflow._explain_entity_miss(text, text, bigint, jsonb, bigint)
IS 'The answer of a versioned update that touched nothing.';
REVOKE ALL ON FUNCTION domainflow._explain_entity_miss(text, text, bigint, jsonb, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._explain_entity_miss(text, text, bigint, jsonb, bigint) TO domainflow_app, domainflow_owner;
