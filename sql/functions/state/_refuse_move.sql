-- Raises what a transition lacks: machine, entity or target. Returns when nothing is missing.
CREATE OR REPLACE FUNCTION domainflow._refuse_move(p_machine text, p_entity_id text, p_to text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_machine IS NULL OR p_entity_id IS NULL OR p_to IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'machine, entity id and target state are required',
            DETAIL = format('machine: %s, entity id: %s, target state: %s', domainflow._shown(p_machine),
                            domainflow._shown(p_entity_id), domainflow._shown(p_to)),
            HINT = 'Give all three.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_move(text, text, text) IS 'Raises what a transition lacks.';
REVOKE ALL ON FUNCTION domainflow._refuse_move(text, text, text) FROM PUBLIC;
