-- Raises DF204: new_data or the operation context of an update is too large.
CREATE OR REPLACE FUNCTION domainflow._refuse_entity_size(p_entity text, p_new_data jsonb, p_context jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'DF204',
        MESSAGE = format('an update of entity %s is too large', p_entity),
        DETAIL = format('new_data: %s bytes of at most 16 MB, operation context: %s bytes of at most 1 MB',
                        pg_column_size(p_new_data #> '{}'), COALESCE(pg_column_size(p_context #> '{}'), 0)),
        HINT = 'Store large values by a statement of your own; put into the context what explains the change.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_entity_size(text, jsonb, jsonb) IS 'Raises that an update is too large.';
REVOKE ALL ON FUNCTION domainflow._refuse_entity_size(text, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._refuse_entity_size(text, jsonb, jsonb) TO domainflow_app;
