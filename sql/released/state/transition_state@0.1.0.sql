-- Moves one entity to another state, with its event, in the caller's transaction.
--
-- A refused transition is an answer, never an error: RES_NOT_FOUND, RES_VERSION_CONFLICT, BIZ_INVALID_TRANSITION, BIZ_TERMINAL_STATE,
-- BIZ_GUARD_REJECTED. DF202 for a null machine, entity id or target. Concurrent callers are taken one after the other, each judged from the
-- state the one before it left; a refused call may keep the entity locked until its transaction ends. At REPEATABLE READ the loser
-- gets 40001.
CREATE OR REPLACE FUNCTION domainflow.transition_state(
    p_machine text,
    p_entity_id text,
    p_to text,
    p_expected_version bigint DEFAULT NULL,
    p_actor text DEFAULT NULL,
    p_reason text DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
AS $$
DECLARE
    v_from text;
    v_version bigint;
    v_result domainflow.transition_result;
BEGIN
    -- The usual case in one statement: no guard, and the transition exists for the state the row has when it is locked.
    UPDATE domainflow.state_instance AS i
       SET state = t.to_state, version = i.version OPERATOR(pg_catalog.+) 1
      FROM domainflow.state_transition AS t
     WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) p_entity_id
       AND t.machine OPERATOR(pg_catalog.=) p_machine AND t.to_state OPERATOR(pg_catalog.=) p_to
       AND t.from_state OPERATOR(pg_catalog.=) i.state AND t.guard IS NULL
       AND (p_expected_version IS NULL OR i.version OPERATOR(pg_catalog.=) p_expected_version)
    RETURNING t.from_state, i.version INTO v_from, v_version;

    IF NOT FOUND THEN
        IF p_machine IS NULL OR p_entity_id IS NULL OR p_to IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF202',
                MESSAGE = 'machine, entity id and target state are required',
                DETAIL = pg_catalog.format('machine: %s, entity id: %s, target state: %s', p_machine, p_entity_id, p_to),
                HINT = 'Give all three.';
        END IF;
        -- Locked before it is judged: a guard may take its time, and a state that changed meanwhile would make its verdict void.
        SELECT i.state, i.version INTO v_from, v_version
          FROM domainflow.state_instance AS i
         WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) p_entity_id
           FOR NO KEY UPDATE;
        v_result := domainflow._judge_transition(p_machine, p_entity_id, v_from, v_version, p_to, p_expected_version, p_context);
        IF NOT v_result.success THEN
            RETURN v_result;
        END IF;
        v_version := v_result.new_version;
        UPDATE domainflow.state_instance AS i
           SET state = p_to, version = v_version
         WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) p_entity_id;
    END IF;

    INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state, actor, reason, context)
    VALUES (p_machine, p_entity_id, v_version, v_from, p_to, p_actor, p_reason, p_context);
    RETURN ROW(true, v_from, p_to, v_version, NULL, NULL)::domainflow.transition_result;
END
$$;

COMMENT ON FUNCTION domainflow.transition_state(text, text, text, bigint, text, text, jsonb)
IS 'Moves one entity to another state and writes the event; a refusal is an answer, not an error.';
REVOKE ALL ON FUNCTION domainflow.transition_state(text, text, text, bigint, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.transition_state(text, text, text, bigint, text, text, jsonb) TO domainflow_app, domainflow_owner;
