-- Raises DF204: a batch of updates, or its operation context, is too large.
CREATE OR REPLACE FUNCTION domainflow._refuse_entity_batch_size(p_entity text, p_new_data jsonb[], p_context jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'DF204',
        MESSAGE = format('a batch of updates of entity %s is too large', p_entity),
        DETAIL = format('rows: %s of at most 10,000, new_data: %s bytes of at most 64 MB, operation context: %s bytes of at most 1 MB',
                        cardinality(p_new_data), pg_column_size(p_new_data), COALESCE(pg_column_size(p_context #> '{}'), 0)),
        HINT = 'Send it in several batches.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_entity_batch_size(text, jsonb[], jsonb) IS 'Raises that a batch of updates is too large.';
REVOKE ALL ON FUNCTION domainflow._refuse_entity_batch_size(text, jsonb[], jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._refuse_entity_batch_size(text, jsonb[], jsonb) TO domainflow_app;
