-- Makes the function that decides a component whose expressions need more than a walk: several of its relations at once,
-- or the absence of one.
--
-- It collects the places that matter, takes each for "perhaps", and decides again from what is decided until nothing
-- changes: the least fixpoint in Kleene's logic (Fitting, 1985). Then it finds the yes that facts about the subject itself
-- give (mode d) in the same way.
CREATE OR REPLACE FUNCTION domainflow._generate_authz_solver(p_scope domainflow.authz_scope)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_plain domainflow.authz_scope := p_scope;
    v_given domainflow.authz_scope := p_scope;
    v_rounds text[];
BEGIN
    v_plain.facts := false;
    v_given.facts := true;
    SELECT array_agg((SELECT string_agg(format('WHEN %s THEN %s', n.node,
                                               format(CASE r.mode WHEN 'v' THEN 'GREATEST(CASE WHEN %s THEN 2 ELSE 0 END, %s)' ELSE '(%s OR %s)' END,
                                                      domainflow._authz_is_subject(n, 'n.object_id'),
                                                      domainflow._authz_sql(r.scope, n.expression, r.mode, 'n.object_id', 1))),
                                        ' ' ORDER BY n.node)
                        FROM domainflow.authz_node AS n
                       WHERE n.model_id = p_scope.model_id AND n.revision = p_scope.revision AND n.component = p_scope.component)
                     ORDER BY r.position)
      INTO v_rounds
      FROM (VALUES (1, v_plain, 'v'), (2, v_given, 'v'), (3, v_plain, 'e'), (4, v_given, 'e')) AS r (position, scope, mode);
    PERFORM domainflow._create_authz_function(
        domainflow._authz_function(p_scope, p_scope.component, 'v'),
        'p_node integer, p_object text, p_kind text, p_subject text, p_facts domainflow.authz_fact[], p_left integer, OUT v integer, OUT e boolean',
        '', format($sql$
DECLARE
    v_nodes pg_catalog.int4[];
    v_objects pg_catalog.text[];
    v_values pg_catalog.int4[];
    v_concrete pg_catalog.bool[];
    v_next pg_catalog.int4[];
    v_next_concrete pg_catalog.bool[];
BEGIN
    IF p_left OPERATOR(pg_catalog.<=) 0 THEN
        PERFORM domainflow._refuse_authz_depth();
    END IF;
    SELECT pg_catalog.array_agg(r.node ORDER BY r.node, r.object_id), pg_catalog.array_agg(r.object_id ORDER BY r.node, r.object_id),
           pg_catalog.array_agg(1), pg_catalog.array_agg(false)
      INTO v_nodes, v_objects, v_values, v_concrete
      FROM domainflow._authz_reach(ROW(%1$s, %2$s, %3$s, NULL)::domainflow.authz_scope, p_node, p_object, p_facts) AS r;
    LOOP
        IF p_facts IS NULL THEN
            SELECT pg_catalog.array_agg(CASE WHEN n.v OPERATOR(pg_catalog.<>) 1 THEN n.v ELSE CASE n.node %4$s END END ORDER BY n.place)
              INTO v_next
              FROM ROWS FROM (pg_catalog.unnest(v_nodes), pg_catalog.unnest(v_objects), pg_catalog.unnest(v_values)) WITH ORDINALITY AS n (node, object_id, v, place);
        ELSE
            SELECT pg_catalog.array_agg(CASE WHEN n.v OPERATOR(pg_catalog.<>) 1 THEN n.v ELSE CASE n.node %5$s END END ORDER BY n.place)
              INTO v_next
              FROM ROWS FROM (pg_catalog.unnest(v_nodes), pg_catalog.unnest(v_objects), pg_catalog.unnest(v_values)) WITH ORDINALITY AS n (node, object_id, v, place);
        END IF;
        EXIT WHEN v_next OPERATOR(pg_catalog.=) v_values;
        v_values := v_next;
    END LOOP;
    LOOP
        IF p_facts IS NULL THEN
            SELECT pg_catalog.array_agg(n.e OR CASE n.node %6$s END ORDER BY n.place)
              INTO v_next_concrete
              FROM ROWS FROM (pg_catalog.unnest(v_nodes), pg_catalog.unnest(v_objects), pg_catalog.unnest(v_values), pg_catalog.unnest(v_concrete)) WITH ORDINALITY AS n (node, object_id, v, e, place);
        ELSE
            SELECT pg_catalog.array_agg(n.e OR CASE n.node %7$s END ORDER BY n.place)
              INTO v_next_concrete
              FROM ROWS FROM (pg_catalog.unnest(v_nodes), pg_catalog.unnest(v_objects), pg_catalog.unnest(v_values), pg_catalog.unnest(v_concrete)) WITH ORDINALITY AS n (node, object_id, v, e, place);
        END IF;
        EXIT WHEN v_next_concrete OPERATOR(pg_catalog.=) v_concrete;
        v_concrete := v_next_concrete;
    END LOOP;
    SELECT n.v, n.e INTO v, e
      FROM ROWS FROM (pg_catalog.unnest(v_nodes), pg_catalog.unnest(v_objects), pg_catalog.unnest(v_values), pg_catalog.unnest(v_concrete)) AS n (node, object_id, v, e)
     WHERE n.node OPERATOR(pg_catalog.=) p_node AND n.object_id OPERATOR(pg_catalog.=) p_object;
END
$sql$, p_scope.model_id, p_scope.revision, p_scope.component, v_rounds[1], v_rounds[2], v_rounds[3], v_rounds[4]));
END
$$;

COMMENT ON FUNCTION domainflow._generate_authz_solver IS 'Makes the function that decides a component whose expressions need more than a walk.';
REVOKE ALL ON FUNCTION domainflow._generate_authz_solver FROM PUBLIC;
