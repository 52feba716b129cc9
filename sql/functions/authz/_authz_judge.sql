-- The verdict over what the model says: deny policies override, then errors, then scopes; what is left is the model's yes,
-- or an allow policy.
--
-- A condition that errs or is null denies and names its policy, whatever its effect. Conditions see the context as $, and
-- $subject, $action, $resource_type, $resource_id and $now (ISO 8601, UTC) as variables. Scopes of the context ({"scopes":
-- ["document:viewer", "folder:*"]}) narrow, never widen.
CREATE OR REPLACE FUNCTION domainflow._authz_judge(
    p_model text,
    p_verdict integer,
    p_subject text,
    p_action text,
    p_resource_type text,
    p_resource_id text,
    p_context jsonb,
    OUT allowed boolean,
    OUT reason_code text,
    OUT matched text [],
    OUT denied_by text
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_denied text;
    v_erred text;
BEGIN
    IF p_verdict % 2 <> 0 THEN
        SELECT array_agg(j.policy ORDER BY j.policy) FILTER (WHERE j.effect = 'allow' AND j.holds),
               min(j.policy) FILTER (WHERE j.effect = 'deny' AND j.holds), min(j.policy) FILTER (WHERE j.holds IS NULL)
          INTO matched, v_denied, v_erred
          FROM (SELECT p.policy, p.effect,
                       CASE WHEN p.condition IS NULL THEN true
                            ELSE jsonb_path_match_tz(COALESCE(p_context, '{}'), p.condition, v.vars, true) END AS holds
                  FROM domainflow.authz_model AS m
                  JOIN domainflow.authz_policy_action AS a
                    ON a.model_id = m.model_id AND a.resource_type = p_resource_type AND a.action = p_action
                  JOIN domainflow.authz_policy AS p ON p.model_id = m.model_id AND p.policy = a.policy
                 CROSS JOIN (SELECT jsonb_build_object(
                                        'subject', p_subject, 'action', p_action, 'resource_type', p_resource_type, 'resource_id', p_resource_id,
                                        'now', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')) AS vars) AS v
                 WHERE m.model = p_model) AS j;
    END IF;
    denied_by := COALESCE(v_denied, v_erred);
    reason_code := CASE WHEN v_denied IS NOT NULL THEN 'deny_policy' WHEN v_erred IS NOT NULL THEN 'policy_error'
                        WHEN p_context ? 'scopes' AND NOT COALESCE(jsonb_typeof(p_context -> 'scopes') = 'array' AND p_context -> 'scopes'
                                 ?| ARRAY[p_resource_type || ':' || p_action, p_resource_type || ':*', '*'], false) THEN 'scope'
                        WHEN p_verdict > 0 THEN 'relation' WHEN matched IS NOT NULL THEN 'policy' ELSE 'no_relation' END;
    allowed := reason_code IN ('relation', 'policy');
    matched := CASE WHEN allowed THEN CASE WHEN p_verdict > 0 THEN ARRAY[p_resource_type || '#' || p_action] ELSE '{}' END || COALESCE(matched, '{}')
                    WHEN denied_by IS NOT NULL THEN ARRAY[denied_by] ELSE '{}' END;
END
$$;

COMMENT ON FUNCTION domainflow._authz_judge IS 'The verdict of policies and scopes over what the model says.';
REVOKE ALL ON FUNCTION domainflow._authz_judge FROM PUBLIC;
