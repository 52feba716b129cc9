-- A decision's reason in words for logs and people.
CREATE OR REPLACE FUNCTION domainflow._authz_reason(
    p_reason_code text,
    p_subject text,
    p_action text,
    p_resource_type text,
    p_resource_id text,
    p_denied_by text
)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(CASE p_reason_code
                  WHEN 'relation' THEN '%1$s has %2$s of %3$s:%4$s'
                  WHEN 'policy' THEN 'a policy allows %1$s %2$s of %3$s:%4$s'
                  WHEN 'deny_policy' THEN 'policy %5$s denies %2$s of %3$s:%4$s'
                  WHEN 'policy_error' THEN 'the condition of policy %5$s could not be decided, so it denies'
                  WHEN 'scope' THEN 'the scopes of the request do not cover %2$s of %3$s'
                  ELSE '%1$s does not have %2$s of %3$s:%4$s' END,
                  domainflow._shown(p_subject), domainflow._shown(p_action), domainflow._shown(p_resource_type), domainflow._shown(p_resource_id),
                  domainflow._shown(p_denied_by))
$$;

COMMENT ON FUNCTION domainflow._authz_reason IS 'A decision''s reason in words.';
REVOKE ALL ON FUNCTION domainflow._authz_reason FROM PUBLIC;
