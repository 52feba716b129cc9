-- Moves many entities of one machine in one statement; answers in the order of the arrays, each as transition_state() gives it.
--
-- A refused row does not stop the others. Rows are locked in the order of their ids, so two batches cannot deadlock with one another.
-- DF202 for a null argument or id, DF201 for arrays of different lengths or an id that occurs twice.
CREATE OR REPLACE FUNCTION domainflow.transition_states(
    p_machine text,
    p_entity_ids text[],
    p_to text[],
    p_expected_versions bigint[] DEFAULT NULL,
    p_actor text DEFAULT NULL,
    p_reason text DEFAULT NULL,
    p_context jsonb DEFAULT NULL
)
RETURNS SETOF domainflow.transition_result
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM domainflow._check_state_batch(p_machine, p_entity_ids, p_to, p_expected_versions);
    RETURN QUERY
    WITH input AS MATERIALIZED (
        SELECT u.id, u.target, u.expected, u.place
          FROM ROWS FROM (pg_catalog.unnest(p_entity_ids), pg_catalog.unnest(p_to), pg_catalog.unnest(p_expected_versions))
               WITH ORDINALITY AS u (id, target, expected, place)
    ), locked AS MATERIALIZED (
        SELECT i.entity_id, i.state, i.version
          FROM domainflow.state_instance AS i
         WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) ANY (p_entity_ids)
         ORDER BY i.entity_id
           FOR NO KEY UPDATE
    ), judged AS MATERIALIZED (
        SELECT n.place, n.id, j.success, j.from_state, j.to_state, j.new_version, j.error_code, j.error_message
          FROM input AS n
          LEFT JOIN locked AS l ON l.entity_id OPERATOR(pg_catalog.=) n.id
         CROSS JOIN LATERAL domainflow._judge_transition(
                    p_machine, n.id, l.state, l.version, n.target, n.expected, p_context) AS j
    ), moved AS (
        UPDATE domainflow.state_instance AS i
           SET state = j.to_state, version = j.new_version
          FROM judged AS j
         WHERE i.machine OPERATOR(pg_catalog.=) p_machine AND i.entity_id OPERATOR(pg_catalog.=) j.id AND j.success
        RETURNING j.id, j.from_state, j.to_state, j.new_version
    ), logged AS (
        INSERT INTO domainflow.state_event (machine, entity_id, version, from_state, to_state, actor, reason, context)
        SELECT p_machine, m.id, m.new_version, m.from_state, m.to_state, p_actor, p_reason, p_context
          FROM moved AS m
    )
    SELECT j.success, j.from_state, j.to_state, j.new_version, j.error_code, j.error_message
      FROM judged AS j
     ORDER BY j.place;
END
$$;

COMMENT ON FUNCTION domainflow.transition_states(text, text[], text[], bigint[], text, text, jsonb)
IS 'Moves many entities of one machine in one statement; answers in input order.';
REVOKE ALL ON FUNCTION domainflow.transition_states(text, text[], text[], bigint[], text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.transition_states(text, text[], text[], bigint[], text, text, jsonb)
TO domainflow_app, domainflow_owner;
