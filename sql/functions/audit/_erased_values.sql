-- What an erased decision has instead of its values: who, in which context. What was decided, when and under which
-- policies stays.
CREATE OR REPLACE FUNCTION domainflow._erased_values(p_user_id text, p_resource_id text)
RETURNS jsonb
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('user_id', 'erased', 'resource_id', NULLIF(p_resource_id, p_user_id), 'context', '{}'::jsonb,
                              'request_context', '{}'::jsonb, 'correlation_id', NULL, 'application_name', '')
$$;

COMMENT ON FUNCTION domainflow._erased_values(text, text) IS 'What an erased decision has instead of its values.';
REVOKE ALL ON FUNCTION domainflow._erased_values(text, text) FROM PUBLIC;
