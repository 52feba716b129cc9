-- The words and signs of an authorization model in order, each with its line and column, and an empty one at the end.
--
-- Words are letters, digits, "_" and "-"; signs are [ ] ( ) : , # and *. A "#" at the beginning of a line or after a space
-- begins a comment. DF201 for any other character.
CREATE OR REPLACE FUNCTION domainflow._authz_tokens(p_source text)
RETURNS domainflow.authz_token []
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tokens domainflow.authz_token[] := ARRAY[]::domainflow.authz_token[];
    v_text text;
    v_line bigint;
    v_column integer;
    v_found text;
    v_condition domainflow.authz_token;
BEGIN
    FOR v_text, v_line IN
        SELECT regexp_replace(l.text COLLATE "C", '(^|[[:space:]])#.*$', ''), l.line
          FROM string_to_table(replace(p_source, chr(13), ''), chr(10)) WITH ORDINALITY AS l (text, line)
    LOOP
        v_column := 1;
        WHILE v_column <= length(v_text) LOOP
            v_found := substring(substr(v_text, v_column) COLLATE "C" FROM '^([[:space:]]+|[A-Za-z0-9_][A-Za-z0-9_.-]*|[][():,#*])');
            IF v_found IS NULL THEN
                SELECT t.* INTO v_condition FROM unnest(v_tokens) AS t WHERE t.token = 'condition' LIMIT 1;
                IF FOUND THEN
                    PERFORM domainflow._refuse_authz_condition(v_condition.line, v_condition.col);
                END IF;
                PERFORM domainflow._refuse_authz_syntax(v_line::integer, v_column,
                                                        format('unexpected character %L', domainflow._shown(substr(v_text, v_column, 1))));
            END IF;
            IF v_found COLLATE "C" !~ '^[[:space:]]' THEN
                v_tokens := v_tokens || ROW(v_found, v_line, v_column)::domainflow.authz_token;
            END IF;
            v_column := v_column + length(v_found);
        END LOOP;
    END LOOP;
    RETURN v_tokens || ROW('', COALESCE(v_line, 1), COALESCE(v_column, 1))::domainflow.authz_token;
END
$$;

COMMENT ON FUNCTION domainflow._authz_tokens IS 'The words and signs of an authorization model, with line and column.';
REVOKE ALL ON FUNCTION domainflow._authz_tokens FROM PUBLIC;
