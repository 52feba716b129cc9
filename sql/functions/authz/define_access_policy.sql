-- Defines a policy above a model, or changes one: it allows or denies actions on resources of a type, where its condition
-- over the context holds.
--
-- Deny overrides allow; a condition that errs or is null denies (reason policy_error). p_condition is a jsonpath
-- predicate, strict unless it says lax: $ is the context of the call; $subject, $action, $resource_type, $resource_id and
-- $now (ISO 8601, UTC) are variables; null holds always. Counts from the commit on, and is logged. DF201 a name, an effect
-- or a condition that is none, DF203 and DF301 a type or action that the model does not have, DF204 too long.
-- Proof: Scenarios/authz/policy.spec, Tests/SQL/authz/policies.sql
CREATE OR REPLACE FUNCTION domainflow.define_access_policy(
    p_policy text,
    p_effect text,
    p_resource_type text,
    p_actions text [],
    p_condition text DEFAULT NULL,
    p_description text DEFAULT NULL,
    p_model text DEFAULT 'default'
)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_condition jsonpath;
    v_model domainflow.authz_model;
    v_action text;
BEGIN
    IF COALESCE(p_policy, '') = '' OR p_effect IS NULL OR COALESCE(cardinality(p_actions), 0) = 0 OR array_position(p_actions, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'a policy needs a name, an effect and actions',
            DETAIL = format('name: %s, effect: %s, actions: %s', COALESCE(quote_literal(domainflow._shown(p_policy)), 'null'),
                            COALESCE(domainflow._shown(p_effect), 'null'), COALESCE(cardinality(p_actions), 0)),
            HINT = 'define_access_policy(''office hours'', ''deny'', ''document'', ''{editor}'', ''$.hour < 8'').';
    END IF;
    IF greatest(length(p_policy), length(p_description), length(p_condition), cardinality(p_actions)) > 1000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'texts of a policy have at most 1000 characters, and it has at most 1000 actions',
            DETAIL = format('name: %s, condition: %s, description: %s, actions: %s', length(p_policy), COALESCE(length(p_condition), 0),
                            COALESCE(length(p_description), 0), cardinality(p_actions)),
            HINT = 'Split it into several policies.';
    END IF;
    BEGIN
        -- Strict: a part of the context that is not there is no value, and the policy then denies.
        v_condition := (CASE WHEN p_condition COLLATE "C" !~* '^[[:space:]]*(lax|strict)[[:space:]]' THEN 'strict ' ELSE '' END || p_condition)::jsonpath;
    EXCEPTION WHEN syntax_error OR invalid_text_representation OR data_exception THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('the condition of policy %s is not a jsonpath', domainflow._shown(p_policy)),
            DETAIL = domainflow._shown(SQLERRM),
            HINT = 'Write a predicate: $.amount < 1000 && $.department == "sales".';
    END;
    IF p_effect NOT IN ('allow', 'deny') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('a policy allows or denies, it does not %s', domainflow._shown(p_effect)),
            DETAIL = format('effect: %s', domainflow._shown(p_effect)),
            HINT = 'Pass allow or deny.';
    END IF;
    -- Definitions of models and policies come one after the other: both make the functions that lead to a decision.
    LOCK TABLE domainflow.authz_edge IN SHARE ROW EXCLUSIVE MODE;
    SELECT m.* INTO v_model FROM domainflow.authz_model AS m WHERE m.model = p_model;
    FOREACH v_action IN ARRAY p_actions LOOP
        IF v_model.model IS NULL OR NOT EXISTS (
               SELECT FROM domainflow.authz_node AS n
                WHERE n.model_id = v_model.model_id AND n.revision = v_model.revision AND n.object_type = p_resource_type
                  AND n.relation = v_action) THEN
            PERFORM domainflow._refuse_authz_names(p_model, p_resource_type, v_action, p_resource_type);
        END IF;
    END LOOP;
    DELETE FROM domainflow.authz_policy AS p WHERE p.model_id = v_model.model_id AND p.policy = p_policy;
    INSERT INTO domainflow.authz_policy (model_id, policy, effect, resource_type, actions, condition, description, defined_at, session_role,
                                         effective_role)
    VALUES (v_model.model_id, p_policy, p_effect, p_resource_type, p_actions, v_condition, p_description, clock_timestamp(), session_user,
            COALESCE(NULLIF(current_setting('role'), 'none'), session_user));
    INSERT INTO domainflow.authz_policy_action (model_id, resource_type, action, policy)
    SELECT DISTINCT v_model.model_id, p_resource_type, a.action, p_policy FROM unnest(p_actions) AS a (action);
    UPDATE domainflow.authz_model AS m SET generation = m.generation + 1 WHERE m.model_id = v_model.model_id;
    PERFORM domainflow._generate_authz_dispatch(v_model.model_id, v_model.revision);
    PERFORM domainflow._log_authz_change(p_model, NULL, 'define_access_policy', p_resource_type, NULL, jsonb_build_object(
        'policy', p_policy, 'effect', p_effect, 'actions', p_actions, 'condition', p_condition), true);
END
$$;

COMMENT ON FUNCTION domainflow.define_access_policy IS 'Defines a policy above an authorization model, or changes one.';
REVOKE ALL ON FUNCTION domainflow.define_access_policy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.define_access_policy TO domainflow_owner, domainflow_admin;
