-- SQL that decides a relation of the object at p_at: an expression if facts alone decide it, a call otherwise, a lookup in
-- the arrays of the solver if it belongs to the component that is being solved.
--
-- Modes: t yes, m yes or perhaps, d yes by a fact that names the subject (all boolean); v 0 no, 1 perhaps, 2 yes, and e as
-- d (of a solver).
CREATE OR REPLACE FUNCTION domainflow._authz_reference(
    p_scope domainflow.authz_scope,
    p_node integer,
    p_mode text,
    p_at text,
    p_level integer,
    p_hops integer
)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_node domainflow.authz_node;
    v_mode text := translate(p_mode, 'e', 'd');
BEGIN
    SELECT n.* INTO STRICT v_node
      FROM domainflow.authz_node AS n
     WHERE n.model_id = p_scope.model_id AND n.revision = p_scope.revision AND n.node = p_node;
    IF p_mode IN ('v', 'e') AND v_node.component = p_scope.component THEN
        RETURN format('COALESCE((SELECT s.%s FROM ROWS FROM (pg_catalog.unnest(v_nodes), pg_catalog.unnest(v_objects), pg_catalog.unnest(v_values), pg_catalog.unnest(v_concrete)) AS s (node, object_id, v, e)'
                      ' WHERE s.node OPERATOR(pg_catalog.=) %s AND s.object_id OPERATOR(pg_catalog.=) %s), %s)',
                      p_mode, p_node, p_at, CASE p_mode WHEN 'v' THEN '0' ELSE 'false' END);
    END IF;
    IF p_mode = 'v' THEN
        RETURN format('CASE WHEN %s THEN 2%s ELSE 0 END', domainflow._authz_reference(p_scope, p_node, 't', p_at, p_level, p_hops),
                      CASE WHEN v_node.reaches_cycle
                           THEN format(' WHEN %s THEN 1', domainflow._authz_reference(p_scope, p_node, 'm', p_at, p_level, p_hops)) END);
    END IF;
    IF v_mode = 'm' AND NOT v_node.reaches_cycle OR v_mode = 'd' AND NOT v_node.reaches_wildcard THEN
        v_mode := 't';
    END IF;
    IF v_node.expression ->> 'op' = 'this' AND NOT jsonb_path_exists(v_node.expression, '$.hops[*] ? (@.node != null)') THEN
        RETURN format('(%s OR %s)', domainflow._authz_is_subject(v_node, p_at),
                      domainflow._authz_sql(p_scope, v_node.expression, v_mode, p_at, p_level));
    END IF;
    RETURN format('%s(%s, p_kind, p_subject, %s)', domainflow._authz_function(p_scope, p_node, v_mode), p_at,
                  CASE WHEN p_scope.facts IS NULL THEN 'NULL, NULL'
                       ELSE 'p_facts, p_left' || CASE WHEN p_hops > 0 THEN format(' OPERATOR(pg_catalog.-) %s', p_hops) ELSE '' END END);
END
$$;

COMMENT ON FUNCTION domainflow._authz_reference IS 'SQL that decides a relation of an object.';
REVOKE ALL ON FUNCTION domainflow._authz_reference FROM PUBLIC;
