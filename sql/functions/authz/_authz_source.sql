-- The FROM and WHERE of the facts of one edge about one object, as SQL; with facts of the call if the scope has them.
CREATE OR REPLACE FUNCTION domainflow._authz_source(p_scope domainflow.authz_scope, p_edge integer, p_at text, p_alias text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT replace(replace(replace(CASE WHEN p_scope.facts IS NOT TRUE THEN
        'domainflow.relationship AS @t WHERE @t.edge OPERATOR(pg_catalog.=) @edge AND @t.object_id OPERATOR(pg_catalog.=) @at'
        ' AND (@t.valid_until IS NULL OR @t.valid_until OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp())'
    ELSE
        '(SELECT r.subject_id FROM domainflow.relationship AS r'
        ' WHERE r.edge OPERATOR(pg_catalog.=) @edge AND r.object_id OPERATOR(pg_catalog.=) @at'
        ' AND (r.valid_until IS NULL OR r.valid_until OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp())'
        ' UNION ALL SELECT f.subject_id FROM pg_catalog.unnest(p_facts) AS f'
        ' WHERE f.edge OPERATOR(pg_catalog.=) @edge AND f.object_id OPERATOR(pg_catalog.=) @at) AS @t WHERE true'
    END, '@edge', p_edge::text), '@at', p_at), '@t', p_alias)
$$;

COMMENT ON FUNCTION domainflow._authz_source IS 'The facts of one edge about one object, as SQL.';
REVOKE ALL ON FUNCTION domainflow._authz_source FROM PUBLIC;
