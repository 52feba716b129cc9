-- Reads one expression of an authorization model from its tokens, beginning at p_at; returns its syntax tree and where it
-- ends.
--
-- An expression is terms joined by "or", terms joined by "and", or two terms with "but not" between them; a term is
-- [types], a relation, "relation from relation", or an expression in parentheses. Operators are not mixed without
-- parentheses: no precedence to remember. DF201 with line and column for anything else; conditions (with) are refused,
-- because policies do that.
CREATE OR REPLACE FUNCTION domainflow._parse_authz_expression(
    p_tokens domainflow.authz_token [],
    p_at integer,
    p_depth integer,
    OUT expression jsonb,
    OUT next integer
)
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_operator text;
    v_terms jsonb := jsonb '[]';
    v_term record;
BEGIN
    next := p_at;
    IF p_depth > 50 THEN
        PERFORM domainflow._refuse_authz_syntax((p_tokens[next]).line, (p_tokens[next]).col, 'parentheses more than 50 deep');
    END IF;
    LOOP
        IF (p_tokens[next]).token = '(' THEN
            SELECT * INTO v_term FROM domainflow._parse_authz_expression(p_tokens, next + 1, p_depth + 1);
            IF (p_tokens[v_term.next]).token <> ')' THEN
                PERFORM domainflow._refuse_authz_syntax((p_tokens[v_term.next]).line, (p_tokens[v_term.next]).col,
                                                        '")" expected, to close the "(" before');
            END IF;
            v_term.next := v_term.next + 1;
        ELSE
            SELECT * INTO v_term FROM domainflow._parse_authz_term(p_tokens, next);
        END IF;
        v_terms := v_terms || jsonb_build_array(v_term.expression);
        next := v_term.next;
        EXIT WHEN (p_tokens[next]).token NOT IN ('or', 'and', 'but');
        IF v_operator <> (p_tokens[next]).token OR v_operator = 'but' THEN
            PERFORM domainflow._refuse_authz_syntax(
                (p_tokens[next]).line, (p_tokens[next]).col,
                format('"%s" after "%s" without parentheses', (p_tokens[next]).token, replace(v_operator, 'but', 'but not')),
                'Write (a or b) and c, or a or (b and c).');
        END IF;
        v_operator := (p_tokens[next]).token;
        next := next + 1;
        IF v_operator = 'but' THEN
            IF (p_tokens[next]).token <> 'not' THEN
                PERFORM domainflow._refuse_authz_syntax((p_tokens[next]).line, (p_tokens[next]).col, '"not" expected after "but"');
            END IF;
            next := next + 1;
        END IF;
    END LOOP;
    expression := CASE WHEN v_operator IS NULL THEN v_terms -> 0
                       ELSE jsonb_build_object('op', v_operator, 'of', v_terms) END;
END
$$;

COMMENT ON FUNCTION domainflow._parse_authz_expression IS 'Reads one expression of an authorization model.';
REVOKE ALL ON FUNCTION domainflow._parse_authz_expression FROM PUBLIC;
