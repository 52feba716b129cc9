-- SQL that is true when a fact of this edge names the subject of the call, or all subjects of its type where the model
-- admits that.
--
-- In modes d and e only a fact that names the subject counts.
CREATE OR REPLACE FUNCTION domainflow._authz_direct_sql(
    p_scope domainflow.authz_scope,
    p_hop jsonb,
    p_mode text,
    p_at text,
    p_level integer
)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN NOT h.concrete AND NOT h.wildcard THEN 'false'
                ELSE format('(p_kind OPERATOR(pg_catalog.=) %L%s AND EXISTS (SELECT FROM %s AND %s))', p_hop ->> 'kind',
                            CASE WHEN NOT h.wildcard THEN format(' AND p_subject OPERATOR(pg_catalog.<>) %L', '*') END,
                            domainflow._authz_source(p_scope, (p_hop -> 'edge')::integer, p_at, 't' || p_level),
                            CASE WHEN h.wildcard AND h.concrete
                                 THEN format('(t%s.subject_id OPERATOR(pg_catalog.=) p_subject OR t%1$s.subject_id OPERATOR(pg_catalog.=) %L)',
                                             p_level, '*')
                                 WHEN h.wildcard THEN format('t%s.subject_id OPERATOR(pg_catalog.=) %L', p_level, '*')
                                 ELSE format('t%s.subject_id OPERATOR(pg_catalog.=) p_subject', p_level) END) END
      FROM (SELECT (p_hop -> 'concrete')::boolean AS concrete,
                   (p_hop -> 'wildcard')::boolean AND p_mode NOT IN ('d', 'e') AS wildcard) AS h
$$;

COMMENT ON FUNCTION domainflow._authz_direct_sql IS 'SQL that is true when a fact names the subject of the call.';
REVOKE ALL ON FUNCTION domainflow._authz_direct_sql FROM PUBLIC;
