-- What transition_state() would answer at this moment, without doing it: no lock, no event, nothing written. DF202 for a null machine,
-- entity id or target, as there.
--
-- SECURITY DEFINER, because it calls the guard, which runs as a role without rights.
-- Proof: Tests/SQL/state/transition_state.sql
CREATE OR REPLACE FUNCTION domainflow.validate_transition(
    p_machine text,
    p_entity_id text,
    p_to text,
    p_expected_version bigint DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_from text;
    v_version bigint;
BEGIN
    PERFORM domainflow._refuse_move(p_machine, p_entity_id, p_to);
    SELECT i.state, i.version INTO v_from, v_version
      FROM domainflow.state_instance AS i
     WHERE i.machine = p_machine AND i.entity_id = p_entity_id;
    RETURN domainflow._judge_transition(p_machine, p_entity_id, v_from, v_version, p_to, p_expected_version, p_context);
END
$$;

COMMENT ON FUNCTION domainflow.validate_transition(text, text, text, bigint, jsonb)
IS 'What transition_state() would answer at this moment; writes nothing.';
REVOKE ALL ON FUNCTION domainflow.validate_transition(text, text, text, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.validate_transition(text, text, text, bigint, jsonb)
TO domainflow_app, domainflow_reader, domainflow_owner;
