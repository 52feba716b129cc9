-- True when the fields make a complete decision; false or null otherwise. _refuse_decision says what is wrong.
CREATE OR REPLACE FUNCTION domainflow._decision_is_valid(
    p_user_id text,
    p_resource_type text,
    p_action text,
    p_decision text,
    p_policies text [],
    p_context jsonb,
    p_request_context jsonb,
    p_execution_time_ms double precision
)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT p_user_id OPERATOR(pg_catalog.<>) ''
       AND p_resource_type OPERATOR(pg_catalog.<>) ''
       AND p_action OPERATOR(pg_catalog.<>) ''
       AND (p_decision OPERATOR(pg_catalog.=) 'allow' OR p_decision OPERATOR(pg_catalog.=) 'deny')
       AND (p_policies IS NULL OR pg_catalog.array_position(p_policies, NULL) IS NULL)
       AND (p_context IS NULL OR pg_catalog.jsonb_typeof(p_context) OPERATOR(pg_catalog.=) 'object')
       AND (p_request_context IS NULL OR pg_catalog.jsonb_typeof(p_request_context) OPERATOR(pg_catalog.=) 'object')
       AND (p_execution_time_ms IS NULL
            OR (p_execution_time_ms OPERATOR(pg_catalog.>=) 0
                AND p_execution_time_ms OPERATOR(pg_catalog.<) 'Infinity'::double precision))
$$;

COMMENT ON FUNCTION domainflow._decision_is_valid IS 'Whether the fields make a complete authorization decision.';
REVOKE ALL ON FUNCTION domainflow._decision_is_valid FROM PUBLIC;
