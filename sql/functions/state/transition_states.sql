-- Moves many entities of one machine; answers in the order of the arrays, each as transition_state() gives it.
--
-- A refused row does not stop the others, nor does a guard that raises. Rows are locked in the order of their ids, so two batches cannot
-- deadlock with one another. DF202 for a null argument or id, DF201 for arrays of different lengths or an id that occurs twice, DF204 for
-- more than 10,000 rows or texts that are too long. At REPEATABLE READ and SERIALIZABLE the loser of a race gets 40001, for the whole batch.
-- Proof: Scenarios/state/batch_events.spec, Scenarios/state/transition.spec, Tests/SQL/state/transition_states.sql
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
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_locked text[];
BEGIN
    PERFORM domainflow._check_state_batch(p_machine, p_entity_ids, p_to, p_expected_versions);
    -- #> '{}' takes a value out of its storage: one that comes from a table may be compressed.
    IF octet_length(p_actor) > 1000 OR octet_length(p_reason) > 10000 OR pg_column_size(p_context #> '{}') > 1048576 THEN
        PERFORM domainflow._refuse_state_size(NULL, p_actor, p_reason, p_context);
    END IF;
    -- A statement of its own: what follows sees the entities and the machine as they are once the locks are held.
    SELECT array_agg(l.entity_id) INTO v_locked
      FROM (SELECT i.entity_id
              FROM domainflow.state_instance AS i
             WHERE i.machine = p_machine AND i.entity_id = ANY (p_entity_ids)
             ORDER BY i.entity_id
               FOR NO KEY UPDATE) AS l;
    RETURN QUERY
    WITH judged AS MATERIALIZED (
        SELECT n.place, n.id, j.success, j.from_state, j.to_state, j.new_version, j.error_code, j.error_message
          FROM ROWS FROM (unnest(p_entity_ids), unnest(p_to), unnest(p_expected_versions))
               WITH ORDINALITY AS n (id, target, expected, place)
          LEFT JOIN (unnest(v_locked) AS l (id) JOIN domainflow.state_instance AS i ON i.machine = p_machine AND i.entity_id = l.id)
            ON i.entity_id = n.id
         CROSS JOIN LATERAL domainflow._judge_transition(
                    p_machine, n.id, i.state, i.version, n.target, n.expected, p_context) AS j
    ), moved AS (
        UPDATE domainflow.state_instance AS i
           SET state = j.to_state, version = j.new_version
          FROM judged AS j
         WHERE i.machine = p_machine AND i.entity_id = j.id AND j.success
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
