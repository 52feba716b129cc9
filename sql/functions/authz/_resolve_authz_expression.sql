-- A syntax tree in which each leaf names its nodes and edges by number: what it compiles to needs no other name.
--
-- DF201 with line and column for a type or relation that the model does not have, and for a "from" over anything but [types].
CREATE OR REPLACE FUNCTION domainflow._resolve_authz_expression(
    p_model_id integer,
    p_revision integer,
    p_object_type text,
    p_relation text,
    p_expression jsonb
)
RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_line integer := (p_expression -> 'line')::integer;
    v_column integer := (p_expression -> 'col')::integer;
    v_hops jsonb := jsonb '[]';
    v_hop record;
    v_tupleset jsonb;
    v_node integer;
BEGIN
    IF p_expression ->> 'op' IN ('or', 'and', 'but') THEN
        RETURN jsonb_build_object('op', p_expression -> 'op', 'of', (
            SELECT jsonb_agg(domainflow._resolve_authz_expression(p_model_id, p_revision, p_object_type, p_relation, o.value)
                             ORDER BY o.position)
              FROM jsonb_array_elements(p_expression -> 'of') WITH ORDINALITY AS o (value, position)));
    END IF;

    IF p_expression ->> 'op' = 'computed' THEN
        RETURN p_expression || jsonb_build_object('node', domainflow._authz_node_of(
            p_model_id, p_revision, p_object_type, p_expression ->> 'relation', v_line, v_column));
    END IF;

    IF p_expression ->> 'op' = 'this' THEN
        FOR v_hop IN
            SELECT split_part(k.kind, ':', 1) AS kind, split_part(split_part(k.kind, ':', 1), '#', 1) AS subject_type,
                   NULLIF(split_part(k.kind, '#', 2), '') AS relation,
                   bool_or(k.kind LIKE '%:*') AS wildcard, bool_or(k.kind NOT LIKE '%:*') AS concrete
              FROM jsonb_array_elements_text(p_expression -> 'kinds') WITH ORDINALITY AS k (kind, position)
             GROUP BY 1, 2, 3
             ORDER BY min(k.position)
        LOOP
            v_node := domainflow._authz_node_of(p_model_id, p_revision, v_hop.subject_type, v_hop.relation, v_line, v_column);
            v_hops := v_hops || jsonb_build_object(
                'edge', domainflow._authz_edge(p_model_id, p_object_type, p_relation, v_hop.kind), 'kind', v_hop.kind,
                'wildcard', v_hop.wildcard, 'concrete', v_hop.concrete, 'node', CASE WHEN v_hop.relation IS NOT NULL THEN v_node END);
        END LOOP;
        RETURN p_expression || jsonb_build_object('hops', v_hops);
    END IF;

    SELECT n.expression INTO v_tupleset
      FROM domainflow.authz_node AS n
     WHERE n.model_id = p_model_id AND n.revision = p_revision AND n.object_type = p_object_type
       AND n.relation = p_expression ->> 'tupleset';
    IF NOT FOUND THEN
        PERFORM domainflow._refuse_authz_syntax(v_line, v_column, format('type %s has no relation %s', p_object_type, p_expression ->> 'tupleset'));
    ELSIF v_tupleset ->> 'op' <> 'this'
          OR EXISTS (SELECT FROM jsonb_array_elements_text(v_tupleset -> 'kinds') AS k (kind) WHERE k.kind ~ '[:#]') THEN
        PERFORM domainflow._refuse_authz_syntax(v_line, v_column, format('%s is not a list of types, so nothing can be taken from it',
                                                                         p_expression ->> 'tupleset'),
                                                'Define it as [type, type]: without relations, wildcards and operators.');
    END IF;
    FOR v_hop IN
        SELECT k.kind, n.node
          FROM jsonb_array_elements_text(v_tupleset -> 'kinds') WITH ORDINALITY AS k (kind, position)
          JOIN domainflow.authz_node AS n
            ON n.model_id = p_model_id AND n.revision = p_revision AND n.object_type = k.kind AND n.relation = p_expression ->> 'relation'
         ORDER BY k.position
    LOOP
        v_hops := v_hops || jsonb_build_object(
            'edge', domainflow._authz_edge(p_model_id, p_object_type, p_expression ->> 'tupleset', v_hop.kind), 'node', v_hop.node);
    END LOOP;
    IF v_hops = '[]' THEN
        PERFORM domainflow._refuse_authz_syntax(v_line, v_column, format('no type of %s has a relation %s',
                                                                         p_expression ->> 'tupleset', p_expression ->> 'relation'));
    END IF;
    RETURN p_expression || jsonb_build_object('hops', v_hops);
END
$$;

COMMENT ON FUNCTION domainflow._resolve_authz_expression IS 'A syntax tree in which each leaf names its nodes and edges by number.';
REVOKE ALL ON FUNCTION domainflow._resolve_authz_expression FROM PUBLIC;
