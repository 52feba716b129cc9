-- Whether some set of facts can make an expression true, given the nodes of which that is known.
CREATE OR REPLACE FUNCTION domainflow._authz_is_grounded(p_expression jsonb, p_grounded integer [])
RETURNS boolean
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE p_expression ->> 'op'
           WHEN 'computed' THEN (p_expression -> 'node')::integer = ANY (p_grounded)
           WHEN 'but' THEN domainflow._authz_is_grounded(p_expression -> 'of' -> 0, p_grounded)
           WHEN 'and' THEN (SELECT bool_and(domainflow._authz_is_grounded(o.value, p_grounded))
                              FROM jsonb_array_elements(p_expression -> 'of') AS o (value))
           WHEN 'or' THEN (SELECT bool_or(domainflow._authz_is_grounded(o.value, p_grounded))
                             FROM jsonb_array_elements(p_expression -> 'of') AS o (value))
           ELSE EXISTS (SELECT FROM jsonb_array_elements(p_expression -> 'hops') AS h (value)
                         WHERE (h.value ->> 'node') IS NULL OR (h.value ->> 'node')::integer = ANY (p_grounded)) END
$$;

COMMENT ON FUNCTION domainflow._authz_is_grounded IS 'Whether some set of facts can make an expression true.';
REVOKE ALL ON FUNCTION domainflow._authz_is_grounded FROM PUBLIC;
