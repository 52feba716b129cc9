-- Reads an authorization model: a row for each type (relation is null) and for each relation, with its syntax tree.
--
-- DF201 with line and column for what is not OpenFGA's language, schema 1.1, and for a type or relation that is defined twice.
CREATE OR REPLACE FUNCTION domainflow._parse_authz_model(
    p_source text,
    OUT object_type text,
    OUT relation text,
    OUT expression jsonb,
    OUT line integer,
    OUT col integer
)
RETURNS SETOF record
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tokens domainflow.authz_token[] := domainflow._authz_tokens(p_source);
    v_at integer := 1;
    v_token domainflow.authz_token;
    v_seen text[] := ARRAY[]::text[];
BEGIN
    IF ARRAY[(v_tokens[1]).token, (v_tokens[2]).token, (v_tokens[3]).token] IS DISTINCT FROM ARRAY['model', 'schema', '1.1'] THEN
        PERFORM domainflow._refuse_authz_syntax((v_tokens[1]).line, (v_tokens[1]).col, '"model" and "schema 1.1" expected');
    END IF;
    v_at := 4;
    LOOP
        v_token := v_tokens[v_at];
        EXIT WHEN v_token.token = '';
        IF v_token.token = 'type' THEN
            object_type := domainflow._authz_name(v_tokens[v_at + 1], 'the name of a type');
            relation := NULL;
            expression := NULL;
            v_at := v_at + 2;
            IF (v_tokens[v_at]).token = 'relations' THEN
                v_at := v_at + 1;
            END IF;
        ELSIF v_token.token = 'define' AND object_type IS NOT NULL THEN
            relation := domainflow._authz_name(v_tokens[v_at + 1], 'the name of a relation');
            IF (v_tokens[v_at + 2]).token <> ':' THEN
                PERFORM domainflow._refuse_authz_syntax((v_tokens[v_at + 2]).line, (v_tokens[v_at + 2]).col, '":" expected');
            END IF;
            SELECT e.expression, e.next INTO expression, v_at
              FROM domainflow._parse_authz_expression(v_tokens, v_at + 3, 0) AS e;
        ELSIF v_token.token = 'condition' THEN
            PERFORM domainflow._refuse_authz_condition(v_token.line, v_token.col);
        ELSE
            PERFORM domainflow._refuse_authz_syntax(v_token.line, v_token.col, format('"type" or "define" expected, found "%s"', v_token.token));
        END IF;
        line := v_token.line;
        col := v_token.col;
        IF object_type || '#' || COALESCE(relation, '') = ANY (v_seen) THEN
            PERFORM domainflow._refuse_authz_syntax(line, col, format('%s is defined twice', concat_ws('#', object_type, relation)));
        END IF;
        v_seen := v_seen || (object_type || '#' || COALESCE(relation, ''));
        RETURN NEXT;
    END LOOP;
    IF object_type IS NULL THEN
        PERFORM domainflow._refuse_authz_syntax(v_token.line, v_token.col, 'the model has no type');
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._parse_authz_model IS 'Reads an authorization model: its types and relations with their syntax trees.';
REVOKE ALL ON FUNCTION domainflow._parse_authz_model FROM PUBLIC;
