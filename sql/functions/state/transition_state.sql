-- Moves one entity to another state, with its event, in the caller's transaction.
--
-- A refused transition is an answer, never an error: RES_NOT_FOUND, RES_VERSION_CONFLICT, BIZ_INVALID_TRANSITION, BIZ_TERMINAL_STATE,
-- BIZ_GUARD_REJECTED, which a guard that raises or is gone counts as. DF202 for a null machine, entity id or target, DF204 for texts that
-- are too long. Concurrent callers are taken one after the other, each judged from the state the one before it left; a refused call may
-- keep the entity locked until its transaction ends. 40001 when the machine was changed while the call waited for the entity. At
-- REPEATABLE READ and SERIALIZABLE the loser gets 40001.
-- Proof: Scenarios/state/transition.spec, Scenarios/state/define_orders.spec, Tests/SQL/state/transition_state.sql
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
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_from text;
    v_version bigint;
    v_judged boolean := false;
    v_result domainflow.transition_result;
BEGIN
    -- #> '{}' takes a value out of its storage: one that comes from a table may be compressed.
    IF octet_length(p_entity_id) > 1000 OR octet_length(p_actor) > 1000 OR octet_length(p_reason) > 10000
       OR pg_column_size(p_context #> '{}') > 1048576 THEN
        PERFORM domainflow._refuse_state_size(p_entity_id, p_actor, p_reason, p_context);
    END IF;
    -- The usual case in one statement: no guard, and the transition exists for the state the row has when it is locked.
    UPDATE domainflow.state_instance AS i
       SET state = t.to_state, version = i.version + 1
      FROM domainflow.state_transition AS t
     WHERE i.machine = p_machine AND i.entity_id = p_entity_id
       AND t.machine = p_machine AND t.to_state = p_to AND t.from_state = i.state AND t.guard IS NULL
       AND (p_expected_version IS NULL OR i.version = p_expected_version)
    RETURNING t.from_state, i.version INTO v_from, v_version;

    IF NOT FOUND THEN
        PERFORM domainflow._refuse_move(p_machine, p_entity_id, p_to);
        -- Locked before it is judged: a guard may take its time, and a state that changed meanwhile would make its verdict void.
        SELECT i.state, i.version INTO v_from, v_version
          FROM domainflow.state_instance AS i
         WHERE i.machine = p_machine AND i.entity_id = p_entity_id
           FOR NO KEY UPDATE;
        v_result := domainflow._judge_transition(p_machine, p_entity_id, v_from, v_version, p_to, p_expected_version, p_context);
        IF NOT v_result.success THEN
            RETURN v_result;
        END IF;
        v_judged := true;
        v_version := v_result.new_version;
        UPDATE domainflow.state_instance AS i
           SET state = p_to, version = v_version
         WHERE i.machine = p_machine AND i.entity_id = p_entity_id;
    END IF;

    -- The definition is looked at again: the statement above may have waited for the entity with an older one, which would follow
    -- on a transition by the newer one.
    INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state, actor, reason, context)
    SELECT p_machine, p_entity_id, v_version, v_from, p_to, p_actor, p_reason, p_context
      FROM domainflow.state_transition AS t
     WHERE t.machine = p_machine AND t.from_state = v_from AND t.to_state = p_to AND (t.guard IS NULL OR v_judged);
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = '40001',
            MESSAGE = format('state machine %s was changed while the transition waited for its entity', p_machine),
            DETAIL = format('entity %s, from %s to %s', domainflow._shown(p_entity_id), v_from, p_to),
            HINT = 'Try the whole transaction again.';
    END IF;
    RETURN ROW(true, v_from, p_to, v_version, NULL, NULL)::domainflow.transition_result;
END
$$;

COMMENT ON FUNCTION domainflow.transition_state(text, text, text, bigint, text, text, jsonb)
IS 'Moves one entity to another state and writes the event; a refusal is an answer, not an error.';
REVOKE ALL ON FUNCTION domainflow.transition_state(text, text, text, bigint, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.transition_state(text, text, text, bigint, text, text, jsonb) TO domainflow_app, domainflow_owner;
