-- SQL that decides a node of a component by a walk over facts: WITH RECURSIVE, where UNION visits each object of each node
-- once, so circles end and paths do not multiply. Null where the expressions of the component do not allow a walk.
--
-- In mode m a circle that the walk can reach is "perhaps": a walk of as many steps as there are places has been somewhere
-- twice.
CREATE OR REPLACE FUNCTION domainflow._authz_walk_sql(p_scope domainflow.authz_scope, p_node integer, p_mode text)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_linear boolean;
    v_steps text;
    v_ends text;
BEGIN
    SELECT bool_and(s.linear),
           string_agg(CASE WHEN s.edge IS NULL THEN format('SELECT %s, w.object_id WHERE', s.node)
                           ELSE format('SELECT %s, t1.subject_id FROM %s AND', s.node,
                                       domainflow._authz_source(p_scope, s.edge, 'w.object_id', 't1')) END
                      || format(' w.node OPERATOR(pg_catalog.=) %s AND %s', n.node, s.condition), ' UNION ALL ')
           FILTER (WHERE s.node IS NOT NULL)
      INTO v_linear, v_steps
      FROM domainflow.authz_node AS n
     CROSS JOIN LATERAL domainflow._authz_steps(p_scope, n.expression, p_mode, 'w.object_id') AS s
     WHERE n.model_id = p_scope.model_id AND n.revision = p_scope.revision AND n.component = p_scope.component;
    IF NOT v_linear THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(format('WHEN %s THEN (%s%s)', n.node, domainflow._authz_is_subject(n, 'w.object_id'),
                             (SELECT string_agg(' OR ' || s.condition, '')
                                FROM domainflow._authz_steps(p_scope, n.expression, p_mode, 'w.object_id') AS s
                               WHERE s.node IS NULL)), ' ' ORDER BY n.node)
      INTO v_ends
      FROM domainflow.authz_node AS n
     WHERE n.model_id = p_scope.model_id AND n.revision = p_scope.revision AND n.component = p_scope.component;
    RETURN replace(replace(replace(CASE p_mode
        WHEN 'm' THEN
            'WITH RECURSIVE w (node, object_id) AS ('
            ' SELECT @node, p_object COLLATE pg_catalog."C" UNION SELECT s.node, s.object_id FROM w CROSS JOIN LATERAL (@steps) AS s (node, object_id)'
            '), walk (node, object_id, level) AS ('
            ' SELECT @node, p_object COLLATE pg_catalog."C", 0::pg_catalog.int8 UNION'
            ' SELECT s.node, s.object_id, w.level OPERATOR(pg_catalog.+) 1 FROM walk AS w CROSS JOIN LATERAL (@steps) AS s (node, object_id)'
            ' WHERE w.level OPERATOR(pg_catalog.<) (SELECT pg_catalog.count(*) FROM w))'
            ' SELECT EXISTS (SELECT FROM w WHERE CASE w.node @ends END)'
            ' OR EXISTS (SELECT FROM walk WHERE walk.level OPERATOR(pg_catalog.=) (SELECT pg_catalog.count(*) FROM w))'
        ELSE
            'WITH RECURSIVE w (node, object_id, level) AS ('
            ' SELECT @node, p_object COLLATE pg_catalog."C", 0 UNION'
            ' SELECT s.node, s.object_id, CASE WHEN p_left IS NULL THEN 0 ELSE w.level OPERATOR(pg_catalog.+) 1 END'
            ' FROM w CROSS JOIN LATERAL (@steps) AS s (node, object_id)'
            ' WHERE p_left IS NULL OR w.level OPERATOR(pg_catalog.<) p_left)'
            ' SELECT EXISTS (SELECT FROM w WHERE CASE WHEN w.level OPERATOR(pg_catalog.>=) p_left THEN domainflow._refuse_authz_depth()'
            ' ELSE CASE w.node @ends END END)'
        END, '@steps', v_steps), '@ends', v_ends), '@node', p_node::text);
END
$$;

COMMENT ON FUNCTION domainflow._authz_walk_sql IS 'SQL that decides a node of a component by a walk over facts.';
REVOKE ALL ON FUNCTION domainflow._authz_walk_sql FROM PUBLIC;
