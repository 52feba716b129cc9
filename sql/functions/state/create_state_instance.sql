-- Puts an entity under a state machine, in its initial state, with version 1 and the first event.
--
-- Answers with a status: RES_ALREADY_EXISTS with the state and version that are there, RES_NOT_FOUND for an unknown machine.
-- DF202 for a null machine or entity id, DF204 for texts that are too long, DF706 when the entity was deleted by hand and its events
-- are there. Of two concurrent callers one creates, the other waits for it and
-- gets RES_ALREADY_EXISTS; at REPEATABLE READ and SERIALIZABLE it gets 40001.
-- Proof: Scenarios/state/transition.spec, Tests/SQL/state/transition_state.sql
CREATE OR REPLACE FUNCTION domainflow.create_state_instance(
    p_machine text,
    p_entity_id text,
    p_actor text DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_initial text;
    v_state text;
    v_version bigint;
BEGIN
    IF p_machine IS NULL OR p_entity_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'machine and entity id are required',
            DETAIL = format('machine: %s, entity id: %s', domainflow._shown(p_machine), domainflow._shown(p_entity_id)),
            HINT = 'Give both; ids that are not text are written as text.';
    END IF;
    -- #> '{}' takes a value out of its storage: one that comes from a table may be compressed.
    IF octet_length(p_entity_id) > 1000 OR octet_length(p_actor) > 1000 OR pg_column_size(p_context #> '{}') > 1048576 THEN
        PERFORM domainflow._refuse_state_size(p_entity_id, p_actor, NULL, p_context);
    END IF;
    SELECT s.state INTO v_initial FROM domainflow.state AS s WHERE s.machine = p_machine AND s.initial;
    IF NOT FOUND THEN
        RETURN ROW(false, NULL, NULL, NULL, 'RES_NOT_FOUND',
                   format('there is no state machine %s', domainflow._shown(p_machine)))::domainflow.transition_result;
    END IF;
    INSERT INTO domainflow.state_instance AS i (machine, entity_id, state, version)
    VALUES (p_machine, p_entity_id, v_initial, 1)
    ON CONFLICT (machine, entity_id) DO NOTHING;
    IF FOUND THEN
        INSERT INTO domainflow.state_event (machine, entity_id, version, to_state, actor, context)
        VALUES (p_machine, p_entity_id, 1, v_initial, p_actor, p_context)
        ON CONFLICT (machine, entity_id, version) DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF706',
                MESSAGE = format('machine %s has events of entity %s, but not the entity', p_machine, domainflow._shown(p_entity_id)),
                DETAIL = 'Its row of state_instance was deleted past the functions; events stay for good.',
                HINT = 'Restore the row with the state and version of its last event, which state_history() shows, or take another id.';
        END IF;
        RETURN ROW(true, NULL, v_initial, 1, NULL, NULL)::domainflow.transition_result;
    END IF;
    SELECT i.state, i.version INTO v_state, v_version
      FROM domainflow.state_instance AS i
     WHERE i.machine = p_machine AND i.entity_id = p_entity_id;
    RETURN ROW(false, NULL, v_state, v_version, 'RES_ALREADY_EXISTS', format(
               'machine %s has entity %s already', p_machine, domainflow._shown(p_entity_id)))::domainflow.transition_result;
END
$$;

COMMENT ON FUNCTION domainflow.create_state_instance(text, text, text, jsonb)
IS 'Puts an entity into the initial state of a machine and writes its first event.';
REVOKE ALL ON FUNCTION domainflow.create_state_instance(text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.create_state_instance(text, text, text, jsonb) TO domainflow_app, domainflow_owner;
