-- What transition_state() would answer at this moment, without doing it: no lock, no event, nothing written.
CREATE OR REPLACE FUNCTION domainflow.validate_transition(
    p_machine text,
    p_entity_id text,
    p_to text,
    p_expected_version bigint DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS domainflow.transition_result
LANGUAGE sql
STABLE
AS $$
    SELECT j.success, j.from_state, j.to_state, j.new_version, j.error_code, j.error_message
      FROM (VALUES (1)) AS one (row)
      LEFT JOIN domainflow.state_instance AS i
        ON i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) p_entity_id
     CROSS JOIN LATERAL domainflow._judge_transition(
                p_machine, p_entity_id, i.state, i.version, p_to, p_expected_version, p_context) AS j
$$;

COMMENT ON FUNCTION domainflow.validate_transition(text, text, text, bigint, jsonb)
IS 'What transition_state() would answer at this moment; writes nothing.';
REVOKE ALL ON FUNCTION domainflow.validate_transition(text, text, text, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.validate_transition(text, text, text, bigint, jsonb)
TO domainflow_app, domainflow_reader, domainflow_owner;
