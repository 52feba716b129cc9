-- Batch form of log_authorization_decision: one element per decision, ids returned in input order.
--
-- All or nothing: an incomplete element raises with its position and nothing is written. At most 10,000 elements (DF204). Policies are a JSON array of names
-- per decision, because arrays of arrays cannot be ragged. Resource ids and the last four arrays may be null, for the
-- defaults; the others may not (DF202), and all that are given have one length (DF201).
-- At every isolation level as log_authorization_decision.
-- Proof: Tests/SQL/audit/decision.sql
CREATE OR REPLACE FUNCTION domainflow.log_authorization_decisions(
    p_user_ids text [],
    p_resource_types text [],
    p_resource_ids text [],
    p_actions text [],
    p_decisions text [],
    p_policies jsonb [] DEFAULT NULL,
    p_contexts jsonb [] DEFAULT NULL,
    p_request_contexts jsonb [] DEFAULT NULL,
    p_execution_times_ms double precision [] DEFAULT NULL
)
RETURNS SETOF uuid
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_ids uuid[];
    v_bad record;
BEGIN
    IF greatest(cardinality(p_user_ids), cardinality(p_resource_types), cardinality(p_resource_ids), cardinality(p_actions),
                cardinality(p_decisions), cardinality(p_policies), cardinality(p_contexts), cardinality(p_request_contexts),
                cardinality(p_execution_times_ms)) > 10000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a batch has at most 10000 decisions',
            DETAIL = format('users: %s, actions: %s', cardinality(p_user_ids), cardinality(p_actions)),
            HINT = 'Log them in several calls of one transaction.';
    END IF;
    IF num_nulls(p_user_ids, p_resource_types, p_actions, p_decisions) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'users, resource types, actions and decisions must not be null',
            DETAIL = format('users: %s, resource types: %s, actions: %s, decisions: %s',
                            COALESCE(cardinality(p_user_ids)::text, 'null'), COALESCE(cardinality(p_resource_types)::text, 'null'),
                            COALESCE(cardinality(p_actions)::text, 'null'), COALESCE(cardinality(p_decisions)::text, 'null')),
            HINT = 'Give arrays of one length; empty ones are allowed.';
    END IF;
    SELECT b.*
      INTO v_bad
      FROM unnest(p_user_ids, p_resource_types, p_resource_ids, p_actions, p_decisions, p_policies, p_contexts, p_request_contexts,
                  p_execution_times_ms)
           WITH ORDINALITY AS b (user_id, resource_type, resource_id, action, decision, policies, context, request_context, ms, position)
     WHERE domainflow._decision_is_valid(
               b.user_id, b.resource_type, b.resource_id, b.action, b.decision, domainflow._policy_names(b.policies),
               b.context, b.request_context, b.ms) IS NOT TRUE
     ORDER BY b.position
     LIMIT 1;
    IF FOUND THEN
        PERFORM domainflow._refuse_decision(v_bad.position, v_bad.user_id, v_bad.resource_type, v_bad.resource_id, v_bad.action,
                                            v_bad.decision, domainflow._policy_names(v_bad.policies), v_bad.context,
                                            v_bad.request_context, v_bad.ms);
    END IF;
    -- After the elements: a short array of the first five shows there, with the position.
    IF cardinality(p_user_ids) <> ANY (array_remove(ARRAY[
           cardinality(p_resource_ids), cardinality(p_policies), cardinality(p_contexts), cardinality(p_request_contexts),
           cardinality(p_execution_times_ms)], NULL)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'the arrays of the decisions differ in length',
            DETAIL = format('users: %s, resource ids: %s, policies: %s, contexts: %s, request contexts: %s, execution times: %s',
                            cardinality(p_user_ids), COALESCE(cardinality(p_resource_ids)::text, 'null'),
                            COALESCE(cardinality(p_policies)::text, 'null'),
                            COALESCE(cardinality(p_contexts)::text, 'null'), COALESCE(cardinality(p_request_contexts)::text, 'null'),
                            COALESCE(cardinality(p_execution_times_ms)::text, 'null')),
            HINT = 'Give one element for each decision; resource ids, policies, contexts and times may be null as a whole.';
    END IF;

    SELECT array_agg(gen_random_uuid())
      INTO v_ids
      FROM generate_series(1, cardinality(p_user_ids));
    INSERT INTO domainflow.audit_log (
        id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context,
        execution_time_ms, correlation_id, effective_role, application_name
    )
    SELECT b.id, clock_timestamp(), b.user_id, b.resource_type, b.resource_id, b.action, b.decision,
           COALESCE(domainflow._policy_names(b.policies), '{}'), COALESCE(b.context, '{}'),
           COALESCE(b.request_context, '{}'), b.ms,
           left(NULLIF(current_setting('domainflow.correlation_id', true), ''), 200),
           COALESCE(NULLIF(current_setting('role'), 'none'), session_user),
           current_setting('application_name')
      FROM unnest(v_ids, p_user_ids, p_resource_types, p_resource_ids, p_actions, p_decisions, p_policies, p_contexts,
                  p_request_contexts, p_execution_times_ms)
           AS b (id, user_id, resource_type, resource_id, action, decision, policies, context, request_context, ms);
    RETURN QUERY SELECT i.id FROM unnest(v_ids) WITH ORDINALITY AS i (id, position) ORDER BY i.position;
END
$$;

COMMENT ON FUNCTION domainflow.log_authorization_decisions
IS 'Appends many authorization decisions at once; returns their ids in input order.';
REVOKE ALL ON FUNCTION domainflow.log_authorization_decisions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.log_authorization_decisions TO domainflow_app;
