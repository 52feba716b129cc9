-- Raises DF301: no entity of that name is managed. SECURITY DEFINER, because it calls an internal function.
CREATE OR REPLACE FUNCTION domainflow._refuse_unknown_entity(p_entity text, p_entity_id text)
RETURNS void
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'DF301',
        MESSAGE = format('entity %s is not managed', COALESCE(quote_literal(domainflow._shown(p_entity)), 'null')),
        DETAIL = format('entity: %s, id: %s', domainflow._shown(p_entity), domainflow._shown(p_entity_id)),
        HINT = 'SELECT entity FROM domainflow.managed_entity; lists what is. manage_entity() adds a table.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_unknown_entity(text, text) IS 'Raises that an entity is not managed.';
REVOKE ALL ON FUNCTION domainflow._refuse_unknown_entity(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._refuse_unknown_entity(text, text) TO domainflow_app;
