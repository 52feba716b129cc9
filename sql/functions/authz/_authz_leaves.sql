-- What an expression is decided by, one row for each way: subjects that facts name (source is null) and other relations.
CREATE OR REPLACE FUNCTION domainflow._authz_leaves(
    p_expression jsonb,
    OUT source integer,
    OUT edge integer,
    OUT subject_kind text,
    OUT wildcard boolean,
    OUT concrete boolean,
    OUT negative boolean
)
RETURNS SETOF record
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE part (expression, negative) AS (
        SELECT p_expression, false
        UNION ALL
        SELECT o.value, p.negative OR (p.expression ->> 'op' = 'but' AND o.position = 2)
          FROM part AS p
         CROSS JOIN LATERAL jsonb_array_elements(p.expression -> 'of') WITH ORDINALITY AS o (value, position)
    )
    SELECT (p.expression -> 'node')::integer, NULL::integer, NULL::text, false, false, p.negative
      FROM part AS p
     WHERE p.expression ->> 'op' = 'computed'
    UNION ALL
    SELECT CASE WHEN h.value -> 'node' <> 'null' THEN (h.value -> 'node')::integer END, (h.value -> 'edge')::integer,
           h.value ->> 'kind', COALESCE((h.value -> 'wildcard')::boolean, false), COALESCE((h.value -> 'concrete')::boolean, false), p.negative
      FROM part AS p
     CROSS JOIN LATERAL jsonb_array_elements(p.expression -> 'hops') AS h (value)
$$;

COMMENT ON FUNCTION domainflow._authz_leaves IS 'What an expression of an authorization model is decided by.';
REVOKE ALL ON FUNCTION domainflow._authz_leaves FROM PUBLIC;
