-- Reads one term of an expression: [types], a relation, or "relation from relation". DF201 with line and column for
-- anything else.
CREATE OR REPLACE FUNCTION domainflow._parse_authz_term(
    p_tokens domainflow.authz_token [],
    p_at integer,
    OUT expression jsonb,
    OUT next integer
)
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_first domainflow.authz_token := p_tokens[p_at];
    v_kinds text[] := ARRAY[]::text[];
    v_kind text;
BEGIN
    next := p_at;
    IF v_first.token <> '[' THEN
        next := next + 1;
        expression := jsonb_build_object('op', 'computed', 'relation', domainflow._authz_name(v_first, 'a relation, "[" or "("'),
                                         'line', v_first.line, 'col', v_first.col);
        IF (p_tokens[next]).token = 'from' THEN
            expression := expression || jsonb_build_object(
                'op', 'from', 'tupleset', domainflow._authz_name(p_tokens[next + 1], 'a relation after "from"'));
            next := next + 2;
        END IF;
        RETURN;
    END IF;
    LOOP
        next := next + 1;
        v_kind := domainflow._authz_name(p_tokens[next], 'a type');
        next := next + 1;
        IF (p_tokens[next]).token = '#' THEN
            v_kind := v_kind || '#' || domainflow._authz_name(p_tokens[next + 1], 'a relation after "#"');
            next := next + 2;
        ELSIF (p_tokens[next]).token = ':' THEN
            IF (p_tokens[next + 1]).token <> '*' THEN
                PERFORM domainflow._refuse_authz_syntax((p_tokens[next + 1]).line, (p_tokens[next + 1]).col, '"*" expected after ":"');
            END IF;
            v_kind := v_kind || ':*';
            next := next + 2;
        END IF;
        v_kinds := v_kinds || v_kind;
        IF (p_tokens[next]).token = 'with' THEN
            PERFORM domainflow._refuse_authz_condition((p_tokens[next]).line, (p_tokens[next]).col);
        END IF;
        EXIT WHEN (p_tokens[next]).token <> ',';
    END LOOP;
    IF (p_tokens[next]).token <> ']' THEN
        PERFORM domainflow._refuse_authz_syntax((p_tokens[next]).line, (p_tokens[next]).col, '"," or "]" expected');
    END IF;
    next := next + 1;
    expression := jsonb_build_object('op', 'this', 'kinds', v_kinds, 'line', v_first.line, 'col', v_first.col);
END
$$;

COMMENT ON FUNCTION domainflow._parse_authz_term IS 'Reads one term of an expression of an authorization model.';
REVOKE ALL ON FUNCTION domainflow._parse_authz_term FROM PUBLIC;
