-- What an expression looked at for one object, its own row first. Part of _explain_authz_place.
CREATE OR REPLACE FUNCTION domainflow._explain_authz_expression(
    p_node domainflow.authz_node,
    p_expression jsonb,
    p_object text,
    p_kind text,
    p_subject text,
    p_facts domainflow.authz_fact [],
    p_depth integer,
    p_path text []
)
RETURNS domainflow.authz_step []
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_op text := p_expression ->> 'op';
    v_steps domainflow.authz_step[] := ARRAY[]::domainflow.authz_step[];
    v_part domainflow.authz_step[];
    v_verdict integer;
    v_item record;
BEGIN
    IF v_op IN ('or', 'and', 'but') THEN
        FOR v_item IN SELECT o.value, o.place FROM jsonb_array_elements(p_expression -> 'of') WITH ORDINALITY AS o (value, place) LOOP
            v_part := domainflow._explain_authz_expression(p_node, v_item.value, p_object, p_kind, p_subject, p_facts, p_depth + 1, p_path);
            v_verdict := CASE WHEN v_item.place = 1 THEN (v_part[1]).verdict WHEN v_op = 'or' THEN greatest(v_verdict, (v_part[1]).verdict)
                              WHEN v_op = 'and' THEN least(v_verdict, (v_part[1]).verdict) ELSE least(v_verdict, 2 - (v_part[1]).verdict) END;
            v_steps := v_steps || v_part;
        END LOOP;
        RETURN ARRAY[ROW(p_depth, CASE v_op WHEN 'or' THEN 'one of' WHEN 'and' THEN 'all of' ELSE 'the first, but not the second' END, v_verdict)
                     ::domainflow.authz_step] || v_steps;
    END IF;
    IF v_op = 'computed' THEN
        RETURN (SELECT domainflow._explain_authz_place(n, p_object, p_kind, p_subject, p_facts, p_depth, p_path)
                  FROM domainflow.authz_node AS n
                 WHERE n.model_id = p_node.model_id AND n.revision = p_node.revision AND n.node = (p_expression -> 'node')::integer);
    END IF;
    v_verdict := 0;
    FOR v_item IN
        SELECT h.value ->> 'kind' AS kind, f.subject_id, f.place, n AS node, n.node IS NOT NULL AS leads
          FROM jsonb_array_elements(p_expression -> 'hops') AS h (value)
          LEFT JOIN domainflow.authz_node AS n
            ON n.model_id = p_node.model_id AND n.revision = p_node.revision AND n.node = (h.value ->> 'node')::integer
         CROSS JOIN LATERAL (
               SELECT t.subject_id, row_number() OVER (ORDER BY t.subject_id) AS place
                 FROM (SELECT DISTINCT s.id COLLATE "C" AS subject_id
                         FROM domainflow._authz_subjects_of((h.value -> 'edge')::integer, p_object, p_facts) AS s (id)) AS t
                WHERE CASE WHEN n.node IS NOT NULL THEN t.subject_id <> '*'
                           ELSE h.value ->> 'kind' = p_kind AND t.subject_id IN (p_subject, '*')
                                AND CASE t.subject_id WHEN '*' THEN (h.value -> 'wildcard')::boolean ELSE (h.value -> 'concrete')::boolean END END) AS f
         WHERE f.place <= 21
    LOOP
        IF v_item.place = 21 THEN
            v_part := ARRAY[ROW(p_depth + 1, 'more facts than shown', NULL)::domainflow.authz_step];
        ELSIF v_item.leads THEN
            v_part := domainflow._explain_authz_place(v_item.node, v_item.subject_id, p_kind, p_subject, p_facts, p_depth + 1, p_path);
        ELSE
            v_part := ARRAY[ROW(p_depth + 1, format('fact: %s:%s', v_item.kind, v_item.subject_id), 2)::domainflow.authz_step];
        END IF;
        v_verdict := greatest(v_verdict, (v_part[1]).verdict);
        v_steps := v_steps || v_part;
    END LOOP;
    RETURN ARRAY[ROW(p_depth, CASE v_op WHEN 'this' THEN format('facts %s of %s:%s', p_node.relation, p_node.object_type, p_object)
                                    ELSE format('%s from %s of %s:%s', p_expression ->> 'relation', p_expression ->> 'tupleset',
                                                p_node.object_type, p_object) END, v_verdict)::domainflow.authz_step] || v_steps;
END
$$;

COMMENT ON FUNCTION domainflow._explain_authz_expression IS 'What an expression looked at for one object.';
REVOKE ALL ON FUNCTION domainflow._explain_authz_expression FROM PUBLIC;
