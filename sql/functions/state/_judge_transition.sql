-- Whether an entity in state p_from at version p_version may go to p_to, with the reason if not.
--
-- Reads the machine and calls the guard, writes nothing. p_from null: there is no such entity. No SET clause, and operators by their full
-- names, because transition_states() calls it once a row; its callers are definer functions.
CREATE OR REPLACE FUNCTION domainflow._judge_transition(
    p_machine text,
    p_entity_id text,
    p_from text,
    p_version bigint,
    p_to text,
    p_expected_version bigint,
    p_context jsonb
)
RETURNS domainflow.transition_result
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
    v_transition domainflow.state_transition;
    v_verdict text;
    v_failure text;
    v_code text;
    v_message text;
BEGIN
    IF p_from IS NULL THEN
        RETURN ROW(false, NULL, p_to, NULL, 'RES_NOT_FOUND', pg_catalog.format(
                   'machine %s has no entity %s', domainflow._shown(p_machine), domainflow._shown(p_entity_id))
                  )::domainflow.transition_result;
    END IF;
    IF p_version OPERATOR(pg_catalog.<>) p_expected_version THEN
        RETURN ROW(false, p_from, p_to, NULL, 'RES_VERSION_CONFLICT', pg_catalog.format(
                   'version conflict on %s %s: expected %s, found %s', p_machine, domainflow._shown(p_entity_id), p_expected_version,
                   p_version)
                  )::domainflow.transition_result;
    END IF;

    SELECT t.* INTO v_transition
      FROM domainflow.state_transition AS t
     WHERE t.machine OPERATOR(pg_catalog.=) p_machine AND t.from_state OPERATOR(pg_catalog.=) p_from AND t.to_state OPERATOR(pg_catalog.=) p_to;
    IF NOT FOUND THEN
        SELECT CASE WHEN s.terminal THEN 'BIZ_TERMINAL_STATE' ELSE 'BIZ_INVALID_TRANSITION' END,
               CASE WHEN s.terminal THEN pg_catalog.format('%s %s is in the terminal state %s', p_machine, domainflow._shown(p_entity_id), p_from)
                    ELSE pg_catalog.format('%s %s cannot go from %s to %s, only to: %s', p_machine, domainflow._shown(p_entity_id),
                                           p_from, domainflow._shown(p_to), (
                        SELECT pg_catalog.string_agg(t.to_state, ', ' ORDER BY t.to_state COLLATE "C")
                          FROM domainflow.state_transition AS t
                         WHERE t.machine OPERATOR(pg_catalog.=) p_machine AND t.from_state OPERATOR(pg_catalog.=) p_from)) END
          INTO v_code, v_message
          FROM domainflow.state AS s
         WHERE s.machine OPERATOR(pg_catalog.=) p_machine AND s.state OPERATOR(pg_catalog.=) p_from;
        RETURN ROW(false, p_from, p_to, NULL, v_code, v_message)::domainflow.transition_result;
    END IF;

    IF v_transition.guard IS NOT NULL THEN
        SELECT g.verdict, g.failure INTO v_verdict, v_failure
          FROM domainflow._call_guard(v_transition.guard, p_machine, p_entity_id, p_from, p_to, p_context) AS g;
        v_message := CASE
            WHEN v_failure IS NOT NULL THEN pg_catalog.format('guard %s failed: %s', v_transition.guard, domainflow._shown(v_failure))
            WHEN v_transition.guard_gives_reason THEN domainflow._shown(v_verdict, 1000)
            WHEN COALESCE(v_verdict, 'false') OPERATOR(pg_catalog.<>) 'true' THEN pg_catalog.format('guard %s refused', v_transition.guard)
        END;
        IF v_message IS NOT NULL THEN
            RETURN ROW(false, p_from, p_to, NULL, 'BIZ_GUARD_REJECTED', v_message)::domainflow.transition_result;
        END IF;
    END IF;
    RETURN ROW(true, p_from, p_to, p_version OPERATOR(pg_catalog.+) 1, NULL, NULL)::domainflow.transition_result;
END
$$;

COMMENT ON FUNCTION domainflow._judge_transition(text, text, text, bigint, text, bigint, jsonb)
IS 'Whether a transition is allowed from a given state and version, and why not.';
REVOKE ALL ON FUNCTION domainflow._judge_transition(text, text, text, bigint, text, bigint, jsonb) FROM PUBLIC;
