-- The texts of a key of several columns, from the JSON array that stands for it; DF201 when it is no such array.
--
-- SECURITY DEFINER, because it calls an internal function.
CREATE OR REPLACE FUNCTION domainflow._entity_ids(p_entity text, p_entity_id text, p_columns integer)
RETURNS text[]
LANGUAGE plpgsql
IMMUTABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_ids jsonb;
BEGIN
    BEGIN
        v_ids := p_entity_id::jsonb;
    EXCEPTION
        WHEN data_exception OR program_limit_exceeded THEN
            v_ids := NULL;
    END;
    IF jsonb_typeof(v_ids) = 'array' THEN
        IF jsonb_array_length(v_ids) = p_columns THEN
            RETURN ARRAY(SELECT i.id FROM jsonb_array_elements_text(v_ids) WITH ORDINALITY AS i (id, place) ORDER BY i.place);
        END IF;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'DF201',
        MESSAGE = format('the id of entity %s must be a JSON array of %s values', p_entity, p_columns),
        DETAIL = format('id: %s', domainflow._shown(p_entity_id)),
        HINT = 'Its key has several columns: give their values in the order of managed_entity.key_columns, as in ["7", "1"].';
END
$$;

COMMENT ON FUNCTION domainflow._entity_ids(text, text, integer) IS 'The texts of a key of several columns, from a JSON array.';
REVOKE ALL ON FUNCTION domainflow._entity_ids(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_ids(text, text, integer) TO domainflow_app;
