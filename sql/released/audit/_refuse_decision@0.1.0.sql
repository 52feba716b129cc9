-- Raises the reason why _decision_is_valid said no: DF202 for what is missing, DF201 and DF204 for what is wrong.
--
-- p_position is the element of a batch, counted from 1; null for a single decision.
CREATE OR REPLACE FUNCTION domainflow._refuse_decision(
    p_position bigint,
    p_user_id text,
    p_resource_type text,
    p_action text,
    p_decision text,
    p_policies text [],
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
    v_where text := COALESCE(format(' (element %s)', p_position), '');
BEGIN
    IF v_missing <> '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = format('an authorization decision needs %s%s', v_missing, v_where),
            DETAIL = format('user_id: %s, resource_type: %s, action: %s, decision: %s',
                            COALESCE(p_user_id, 'null'), COALESCE(p_resource_type, 'null'),
                            COALESCE(p_action, 'null'), COALESCE(p_decision, 'null')),
            HINT = 'Give each of them a value; in a batch all arrays are of one length.';
    ELSIF p_decision NOT IN ('allow', 'deny') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('decision is allow or deny%s', v_where),
            DETAIL = format('decision: %s', p_decision),
            HINT = 'Write allow or deny, in lower case.';
    ELSIF p_execution_time_ms < 0 OR p_execution_time_ms >= 'Infinity' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = format('execution_time_ms is a finite number of milliseconds, zero or more%s', v_where),
            DETAIL = format('execution_time_ms: %s', p_execution_time_ms),
            HINT = 'Take it from a monotonic clock, or leave it null.';
    ELSIF array_position(p_policies, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('policies holds a null%s', v_where),
            DETAIL = format('policies: %s', p_policies),
            HINT = 'Leave policies without a name out.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'DF201',
        MESSAGE = format('context and request_context are JSON objects%s', v_where),
        DETAIL = format('user_id: %s, action: %s', p_user_id, p_action),
        HINT = 'Wrap arrays and scalars: {"items": [...]}.';
END
$$;

COMMENT ON FUNCTION domainflow._refuse_decision IS 'Raises the reason why an authorization decision cannot be logged.';
REVOKE ALL ON FUNCTION domainflow._refuse_decision FROM PUBLIC;
