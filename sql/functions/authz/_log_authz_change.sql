-- Logs a change of facts, policies or models as the decision that it is. With p_revokes, commits that it might forbid wait
-- for it or fail; so do other changes where relations are forbidden together.
CREATE OR REPLACE FUNCTION domainflow._log_authz_change(
    p_model text,
    p_by text,
    p_action text,
    p_resource_type text,
    p_resource_id text,
    p_details jsonb,
    p_revokes boolean
)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO domainflow.audit_log (
        id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context, correlation_id, effective_role,
        application_name, model, revision, reason_code, fence
    )
    SELECT gen_random_uuid(), clock_timestamp(), COALESCE(p_by, 'role:' || session_user), p_resource_type, p_resource_id, p_action, 'allow', '{}',
           p_details, '{}', left(NULLIF(current_setting('domainflow.correlation_id', true), ''), 200),
           COALESCE(NULLIF(current_setting('role'), 'none'), session_user), current_setting('application_name'),
           m.model, m.revision, 'change', CASE WHEN p_revokes OR EXISTS (SELECT FROM domainflow.authz_exclusion AS x WHERE x.model_id = m.model_id) THEN 0 END
      FROM domainflow.authz_model AS m
     WHERE m.model = p_model
$$;

COMMENT ON FUNCTION domainflow._log_authz_change IS 'Logs a change of facts, policies or models.';
REVOKE ALL ON FUNCTION domainflow._log_authz_change FROM PUBLIC;
