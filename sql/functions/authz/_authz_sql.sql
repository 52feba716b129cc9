-- SQL that decides an expression for the object at p_at in one of the modes of _authz_reference.
--
-- Three values after Kleene: yes, no, and perhaps, which only a circle of facts gives. or is the greatest, and the least,
-- a but not b the least of a and the opposite of b. Only yes allows.
CREATE OR REPLACE FUNCTION domainflow._authz_sql(
    p_scope domainflow.authz_scope,
    p_expression jsonb,
    p_mode text,
    p_at text,
    p_level integer
)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_of jsonb := p_expression -> 'of';
    v_hop jsonb;
    v_terms text[] := ARRAY[]::text[];
    v_reference text;
BEGIN
    CASE p_expression ->> 'op'
    WHEN 'computed' THEN
        RETURN domainflow._authz_reference(p_scope, (p_expression -> 'node')::integer, p_mode, p_at, p_level, 0);
    WHEN 'or', 'and' THEN
        SELECT array_agg(domainflow._authz_sql(p_scope, o.value, p_mode, p_at, p_level) ORDER BY o.position) INTO v_terms
          FROM jsonb_array_elements(v_of) WITH ORDINALITY AS o (value, position);
        IF p_mode = 'v' THEN
            RETURN format('%s(%s)', CASE p_expression ->> 'op' WHEN 'or' THEN 'GREATEST' ELSE 'LEAST' END, array_to_string(v_terms, ', '));
        END IF;
        IF p_expression ->> 'op' = 'and' AND p_mode IN ('d', 'e') THEN
            RETURN format('(%s AND (%s))',
                          CASE p_mode WHEN 'd' THEN domainflow._authz_sql(p_scope, p_expression, 't', p_at, p_level)
                               ELSE domainflow._authz_sql(p_scope, p_expression, 'v', p_at, p_level) || ' OPERATOR(pg_catalog.=) 2' END,
                          array_to_string(v_terms, ' OR '));
        END IF;
        RETURN format('(%s)', array_to_string(v_terms, format(' %s ', upper(p_expression ->> 'op'))));
    WHEN 'but' THEN
        IF p_mode = 'v' THEN
            RETURN format('LEAST(%s, 2 OPERATOR(pg_catalog.-) %s)', domainflow._authz_sql(p_scope, v_of -> 0, 'v', p_at, p_level),
                          domainflow._authz_sql(p_scope, v_of -> 1, 'v', p_at, p_level));
        END IF;
        RETURN format('(%s AND %s)', domainflow._authz_sql(p_scope, v_of -> 0, p_mode, p_at, p_level),
                      CASE p_mode WHEN 'e' THEN format('%s OPERATOR(pg_catalog.=) 0',
                                                       domainflow._authz_sql(p_scope, v_of -> 1, 'v', p_at, p_level))
                           ELSE 'NOT ' || domainflow._authz_sql(p_scope, v_of -> 1, CASE p_mode WHEN 'm' THEN 't' ELSE 'm' END,
                                                                p_at, p_level) END);
    ELSE
        FOR v_hop IN SELECT h.value FROM jsonb_array_elements(p_expression -> 'hops') AS h (value) LOOP
            IF COALESCE(v_hop -> 'node', 'null') = 'null' THEN
                v_reference := domainflow._authz_direct_sql(p_scope, v_hop, p_mode, p_at, p_level);
                v_terms := v_terms || CASE p_mode WHEN 'v' THEN format('CASE WHEN %s THEN 2 ELSE 0 END', v_reference) ELSE v_reference END;
            ELSE
                v_reference := domainflow._authz_reference(p_scope, (v_hop -> 'node')::integer, p_mode, format('t%s.subject_id', p_level),
                                                           p_level + 1, 1);
                v_terms := v_terms
                    || format(CASE p_mode WHEN 'v' THEN 'COALESCE((SELECT pg_catalog.max(%2$s) FROM %1$s%3$s), 0)'
                                   ELSE 'EXISTS (SELECT FROM %1$s%3$s AND %2$s)' END,
                              domainflow._authz_source(p_scope, (v_hop -> 'edge')::integer, p_at, 't' || p_level), v_reference,
                              -- A fact about all subjects of a type names no object to go on from.
                              CASE WHEN p_expression ->> 'op' = 'from'
                                   THEN format(' AND t%s.subject_id OPERATOR(pg_catalog.<>) %L', p_level, '*') END);
            END IF;
        END LOOP;
        RETURN CASE p_mode WHEN 'v' THEN format('GREATEST(%s)', array_to_string(v_terms, ', '))
                    ELSE format('(%s)', array_to_string(v_terms, ' OR ')) END;
    END CASE;
END
$$;

COMMENT ON FUNCTION domainflow._authz_sql IS 'SQL that decides an expression of an authorization model for an object.';
REVOKE ALL ON FUNCTION domainflow._authz_sql FROM PUBLIC;
