-- What an erased decision has instead of its values. When, by which rule and what was decided stays.
CREATE OR REPLACE FUNCTION domainflow._erased_values()
RETURNS jsonb
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('user_id', 'erased', 'resource_id', NULL, 'context', '{}'::jsonb, 'request_context', '{}'::jsonb,
                              'correlation_id', NULL, 'application_name', '', 'given_facts', NULL)
$$;

COMMENT ON FUNCTION domainflow._erased_values() IS 'What an erased decision has instead of its values.';
REVOKE ALL ON FUNCTION domainflow._erased_values() FROM PUBLIC;
