-- Raises the reason why _decision_is_valid said no: DF202 for what is missing, DF201 and DF204 for what is wrong.
--
-- p_position is the element of a batch, counted from 1; null for a single decision.
CREATE FUNCTION domainflow._refuse_decision(
    p_position bigint,
    p_user_id text,
    p_resource_type text,
    p_resource_id text,
    p_action text,
    p_decision text,
    p_policies text [],
    p_context jsonb,
    p_request_context jsonb,
    p_execution_time_ms double precision
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_missing text := concat_ws(', ',
        CASE WHEN COALESCE(p_user_id, '') = '' THEN 'user_id' END,
        CASE WHEN COALESCE(p_resource_type, '') = '' THEN 'resource_type' END,
        CASE WHEN COALESCE(p_action, '') = '' THEN 'action' END,
        CASE WHEN p_decision IS NULL THEN 'decision' END);
    v_where text := CASE WHEN p_position IS NULL THEN '' ELSE format(' (element %s)', p_position) END;
BEGIN
    IF v_missing <> '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('an authorization decision needs %s%s', v_missing, v_where),
            DETAIL = format('user_id: %s, resource_type: %s, action: %s, decision: %s',
                            COALESCE(domainflow._shown(p_user_id), 'null'), COALESCE(domainflow._shown(p_resource_type), 'null'),
                            COALESCE(domainflow._shown(p_action), 'null'), COALESCE(domainflow._shown(p_decision), 'null')),
            HINT = 'Give each of them a value; in a batch all arrays are of one length.';
    ELSIF p_decision NOT IN ('allow', 'deny') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('decision is allow or deny%s', v_where),
            DETAIL = format('decision: %s', domainflow._shown(p_decision)),
            HINT = 'Write allow or deny, in lower case.';
    ELSIF p_execution_time_ms < 0 OR p_execution_time_ms >= 'Infinity'::double precision THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = format('execution_time_ms is a finite number of milliseconds, zero or more%s', v_where),
            DETAIL = format('execution_time_ms: %s', p_execution_time_ms),
            HINT = 'Take it from a monotonic clock, or leave it null.';
    ELSIF array_ndims(p_policies) > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('policies must be an array of one dimension%s', v_where),
            DETAIL = format('policies: %s', domainflow._shown(p_policies::text)),
            HINT = 'Give the names of the policies, such as {editors,owners}.';
    ELSIF array_position(p_policies, NULL::text) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('policies must be names, without nulls%s', v_where),
            DETAIL = format('policies: %s', domainflow._shown(p_policies::text)),
            HINT = 'Leave policies without a name out; in a batch each element is a JSON array of strings, such as ["editors"].';
    ELSIF greatest(length(p_user_id), length(p_resource_type), length(p_resource_id), length(p_action)) > 1000
          OR cardinality(p_policies) > 1000 OR length(array_to_string(p_policies, '')) > 65536
          OR greatest(octet_length(p_context::text), octet_length(p_request_context::text)) > 262144 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = format('an authorization decision is too large%s', v_where),
            DETAIL = format('characters: user_id %s, resource_type %s, resource_id %s, action %s, policies %s (%s names); '
                            'bytes: context %s, request_context %s',
                            length(p_user_id), length(p_resource_type), COALESCE(length(p_resource_id), 0), length(p_action),
                            COALESCE(length(array_to_string(p_policies, '')), 0), COALESCE(cardinality(p_policies), 0),
                            COALESCE(octet_length(p_context::text), 0), COALESCE(octet_length(p_request_context::text), 0)),
            HINT = 'At most 1000 characters a text, 1000 policies of 65536 characters together, 262144 bytes a context.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'DF201',
        MESSAGE = format('context and request_context are JSON objects%s', v_where),
        DETAIL = format('user_id: %s, action: %s', domainflow._shown(p_user_id), domainflow._shown(p_action)),
        HINT = 'Wrap arrays and scalars: {"items": [...]}.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_decision IS 'Raises the reason why an authorization decision cannot be logged.';
REVOKE ALL ON FUNCTION domainflow._refuse_decision FROM PUBLIC;
