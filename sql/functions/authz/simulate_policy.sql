-- What a policy would have changed: a row for each logged decision of the last hours that would have been different with
-- it.
--
-- Decides again with the facts of now and the context of then, with and without the policy; nothing is changed or logged.
-- Arguments as define_access_policy. At most p_limit decisions are looked at, the newest first.
-- Proof: Tests/SQL/authz/simulate.sql
CREATE OR REPLACE FUNCTION domainflow.simulate_policy(
    p_effect text,
    p_resource_type text,
    p_actions text [],
    p_condition text DEFAULT NULL,
    p_hours_back integer DEFAULT 24,
    p_model text DEFAULT 'default',
    p_limit integer DEFAULT 1000,
    OUT decision_id uuid,
    OUT decided_at timestamp with time zone,
    OUT subject text,
    OUT action text,
    OUT resource_id text,
    OUT decision text,
    OUT would_be text,
    OUT reason_code text
)
RETURNS SETOF record
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
DECLARE
    v_rows jsonb;
BEGIN
    PERFORM domainflow._check_authz_limit(p_limit);
    IF p_hours_back IS NULL OR p_hours_back NOT BETWEEN 1 AND 8760 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'p_hours_back is 1 to 8760',
            DETAIL = format('p_hours_back: %s', COALESCE(p_hours_back::text, 'null')),
            HINT = 'Look back a year at most.';
    END IF;
    BEGIN
        PERFORM domainflow.define_access_policy('simulated policy', p_effect, p_resource_type, p_actions, p_condition, NULL, p_model);
        SELECT jsonb_agg(jsonb_build_object('decision_id', a.id, 'decided_at', a.decided_at, 'subject', a.user_id, 'action', a.action,
                                            'resource_id', a.resource_id, 'decision', a.decision,
                                            'would_be', CASE WHEN j.allowed THEN 'allow' ELSE 'deny' END, 'reason_code', j.reason_code)
                         ORDER BY a.decided_at DESC)
          INTO v_rows
          FROM (SELECT a.*
                  FROM domainflow.audit_log AS a
                 WHERE a.model = p_model AND a.resource_type = p_resource_type AND a.action = ANY (p_actions) AND a.reason_code <> 'change'
                   AND a.decided_at > clock_timestamp() - make_interval(hours => p_hours_back)
                 ORDER BY a.decided_at DESC
                 LIMIT p_limit) AS a
         CROSS JOIN LATERAL domainflow._authz_judge(
               p_model, domainflow._authz_verdict(a.user_id, a.action, a.resource_type, a.resource_id, p_model, a.given_facts, NULL),
               a.user_id, a.action, a.resource_type, a.resource_id, a.context) AS j
         WHERE CASE WHEN j.allowed THEN 'allow' ELSE 'deny' END <> a.decision;
        -- Takes the policy back.
        RAISE EXCEPTION USING ERRCODE = 'DF999';
    EXCEPTION WHEN SQLSTATE 'DF999' THEN
        NULL;
    END;
    RETURN QUERY
        SELECT r.decision_id, r.decided_at, r.subject, r.action, r.resource_id, r.decision, r.would_be, r.reason_code
          FROM jsonb_to_recordset(v_rows) AS r (decision_id uuid, decided_at timestamptz, subject text, action text, resource_id text, decision text,
                                                would_be text, reason_code text);
END
$$;

COMMENT ON FUNCTION domainflow.simulate_policy IS 'What a policy would have changed: logged decisions that would have been different.';
REVOKE ALL ON FUNCTION domainflow.simulate_policy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.simulate_policy TO domainflow_admin, domainflow_owner;
