-- Refuses, with DF204, texts of a transition that are too long.
CREATE OR REPLACE FUNCTION domainflow._refuse_state_size(p_entity_id text, p_actor text, p_reason text, p_context jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'DF204',
        MESSAGE = 'an argument of the transition is too long',
        DETAIL = format('bytes of the entity id: %s of at most 1,000, actor: %s of at most 1,000, reason: %s of at most 10,000, '
                        'context: %s of at most 1 MB', COALESCE(octet_length(p_entity_id), 0), COALESCE(octet_length(p_actor), 0),
                        COALESCE(octet_length(p_reason), 0), COALESCE(pg_column_size(p_context #> '{}'), 0)),
        HINT = 'Keep long texts in a table of your own, and put their key into the context.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_state_size(text, text, text, jsonb) IS 'Raises that an argument of a transition is too long.';
REVOKE ALL ON FUNCTION domainflow._refuse_state_size(text, text, text, jsonb) FROM PUBLIC;
