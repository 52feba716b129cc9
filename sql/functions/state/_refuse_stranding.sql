-- Raises DF706 when a change would retire a state that entities are in.
--
-- An entity may still arrive by a transition under way, which this call does not see: retired states keep their ways out.
CREATE OR REPLACE FUNCTION domainflow._refuse_stranding(p_machine text, p_definition jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_state text;
    v_count bigint;
BEGIN
    SELECT i.state, count(*) INTO v_state, v_count
      FROM domainflow.state_instance AS i
     WHERE i.machine = p_machine
       AND i.state = ANY (ARRAY(SELECT s.state FROM domainflow.state AS s
                                 WHERE s.machine = p_machine AND NOT s.retired AND NOT (p_definition -> 'states') ? s.state))
     GROUP BY i.state
     ORDER BY i.state COLLATE "C"
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF706',
            MESSAGE = format('state %s of machine %s cannot go: entities are in it', quote_literal(v_state), p_machine),
            DETAIL = format('entities in %s: %s', v_state, v_count),
            HINT = format('Define the machine with both the old and the new states first, move them with transition_states(), then define it '
                          'without %s. SELECT entity_id FROM domainflow.state_instance WHERE machine = %L AND state = %L; lists them.',
                          v_state, p_machine, v_state);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._refuse_stranding(text, jsonb) IS 'Refuses to take a state away in which entities still are.';
REVOKE ALL ON FUNCTION domainflow._refuse_stranding(text, jsonb) FROM PUBLIC;
