-- True when the fields make a complete decision within the bounds; false or null otherwise. _refuse_decision says what is wrong.
--
-- Bounds: 1,000 characters a text, 1,000 policies, 262,144 bytes a context. Contexts below 1,000 bytes in memory are not measured: not
-- even compressed ones of that size reach the bound. STABLE, as what it calls is: else it would not be inlined.
CREATE FUNCTION domainflow._decision_is_valid(
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
RETURNS boolean
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
    SELECT p_user_id OPERATOR(pg_catalog.<>) ''
       AND p_resource_type OPERATOR(pg_catalog.<>) ''
       AND p_action OPERATOR(pg_catalog.<>) ''
       AND (p_decision OPERATOR(pg_catalog.=) 'allow' OR p_decision OPERATOR(pg_catalog.=) 'deny')
       AND pg_catalog.length(p_user_id) OPERATOR(pg_catalog.<=) 1000
       AND pg_catalog.length(p_resource_type) OPERATOR(pg_catalog.<=) 1000
       AND pg_catalog.length(p_action) OPERATOR(pg_catalog.<=) 1000
       AND (p_resource_id IS NULL OR pg_catalog.length(p_resource_id) OPERATOR(pg_catalog.<=) 1000)
       AND (p_policies IS NULL
            OR (CASE WHEN pg_catalog.array_ndims(p_policies) OPERATOR(pg_catalog.>) 1 THEN false
                     ELSE pg_catalog.array_position(p_policies, NULL::pg_catalog.text) IS NULL END
                AND pg_catalog.cardinality(p_policies) OPERATOR(pg_catalog.<=) 1000
                AND pg_catalog.length(pg_catalog.array_to_string(p_policies, '')) OPERATOR(pg_catalog.<=) 65536))
       AND (p_context IS NULL OR pg_catalog.jsonb_typeof(p_context) OPERATOR(pg_catalog.=) 'object')
       AND (p_context IS NULL OR pg_catalog.pg_column_size(p_context) OPERATOR(pg_catalog.<) 1000
            OR pg_catalog.octet_length(p_context::pg_catalog.text) OPERATOR(pg_catalog.<=) 262144)
       AND (p_request_context IS NULL OR pg_catalog.pg_column_size(p_request_context) OPERATOR(pg_catalog.<) 1000
            OR pg_catalog.octet_length(p_request_context::pg_catalog.text) OPERATOR(pg_catalog.<=) 262144)
       AND (p_request_context IS NULL OR pg_catalog.jsonb_typeof(p_request_context) OPERATOR(pg_catalog.=) 'object')
       AND (p_execution_time_ms IS NULL
            OR (p_execution_time_ms OPERATOR(pg_catalog.>=) 0
                AND p_execution_time_ms OPERATOR(pg_catalog.<) 'Infinity'::pg_catalog.float8))
$$;

COMMENT ON FUNCTION domainflow._decision_is_valid IS 'Whether the fields make a complete authorization decision.';
REVOKE ALL ON FUNCTION domainflow._decision_is_valid FROM PUBLIC;
