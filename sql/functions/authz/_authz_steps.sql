-- An expression of a component as steps of a walk: from an object at p_at on to a node of the component (over facts of an
-- edge, or of the same object), each under a condition; or an end, where the condition decides (node is null).
--
-- Only where each step needs one node of the component and none to be absent: false in "linear" otherwise, and the solver
-- takes it.
CREATE OR REPLACE FUNCTION domainflow._authz_steps(
    p_scope domainflow.authz_scope,
    p_expression jsonb,
    p_mode text,
    p_at text,
    OUT node integer,
    OUT edge integer,
    OUT condition text,
    OUT linear boolean
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_of jsonb := p_expression -> 'of';
    v_within integer[] := domainflow._authz_within(p_scope, p_expression);
    v_hop jsonb;
    v_conditions text := '';
    v_walking jsonb;
BEGIN
    linear := true;
    IF v_within = '{}' THEN
        condition := domainflow._authz_sql(p_scope, p_expression, p_mode, p_at, 1);
        RETURN NEXT;
    ELSIF p_expression ->> 'op' = 'or' THEN
        RETURN QUERY SELECT s.* FROM jsonb_array_elements(v_of) AS o (value)
                      CROSS JOIN LATERAL domainflow._authz_steps(p_scope, o.value, p_mode, p_at) AS s;
    ELSIF p_expression ->> 'op' IN ('and', 'but') THEN
        FOR v_hop IN SELECT o.value FROM jsonb_array_elements(v_of) AS o (value) LOOP
            IF domainflow._authz_within(p_scope, v_hop) <> '{}' THEN
                -- In mode d the other operands may be the ones that name the subject.
                linear := linear AND v_walking IS NULL AND NOT (p_expression ->> 'op' = 'but' AND v_hop = v_of -> 1)
                    AND NOT (p_mode = 'd' AND p_expression ->> 'op' = 'and');
                v_walking := v_hop;
            ELSIF p_expression ->> 'op' = 'and' THEN
                v_conditions := v_conditions || domainflow._authz_sql(p_scope, v_hop, p_mode, p_at, 1) || ' AND ';
            ELSIF v_hop = v_of -> 1 THEN
                v_conditions := format('NOT %s AND ', domainflow._authz_sql(p_scope, v_hop, CASE p_mode WHEN 'm' THEN 't' ELSE 'm' END, p_at, 1));
            END IF;
        END LOOP;
        IF NOT linear THEN
            RETURN NEXT;
            RETURN;
        END IF;
        RETURN QUERY SELECT s.node, s.edge, v_conditions || s.condition, s.linear
                       FROM domainflow._authz_steps(p_scope, v_walking, p_mode, p_at) AS s;
    ELSIF p_expression ->> 'op' = 'computed' THEN
        node := (p_expression -> 'node')::integer;
        condition := 'true';
        RETURN NEXT;
    ELSE
        FOR v_hop IN SELECT h.value FROM jsonb_array_elements(p_expression -> 'hops') AS h (value) LOOP
            IF (v_hop ->> 'node')::integer = ANY (v_within) THEN
                node := (v_hop -> 'node')::integer;
                edge := (v_hop -> 'edge')::integer;
                condition := CASE p_expression ->> 'op' WHEN 'from' THEN format('t1.subject_id OPERATOR(pg_catalog.<>) %L', '*') ELSE 'true' END;
            ELSE
                node := NULL;
                edge := NULL;
                condition := domainflow._authz_sql(p_scope, jsonb_set(p_expression, '{hops}', jsonb_build_array(v_hop)), p_mode, p_at, 1);
            END IF;
            RETURN NEXT;
        END LOOP;
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._authz_steps IS 'An expression of a component as steps of a walk.';
REVOKE ALL ON FUNCTION domainflow._authz_steps FROM PUBLIC;
