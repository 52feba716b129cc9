-- SQL that is true when the subject of the call is the node itself at p_at: group:1#member has member of group:1.
CREATE OR REPLACE FUNCTION domainflow._authz_is_subject(p_node domainflow.authz_node, p_at text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('p_kind OPERATOR(pg_catalog.=) %L AND p_subject OPERATOR(pg_catalog.=) %s', p_node.object_type || '#' || p_node.relation, p_at)
$$;

COMMENT ON FUNCTION domainflow._authz_is_subject IS 'SQL that is true when the subject of the call is the node itself.';
REVOKE ALL ON FUNCTION domainflow._authz_is_subject FROM PUBLIC;
