-- The name that a token is: a word of at most 50 characters. DF201 with line and column for anything else.
CREATE OR REPLACE FUNCTION domainflow._authz_name(p_token domainflow.authz_token, p_expected text)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_token.token COLLATE "C" !~ '^[A-Za-z0-9_]' THEN
        PERFORM domainflow._refuse_authz_syntax(p_token.line, p_token.col, p_expected || ' expected'
            || CASE p_token.token WHEN '' THEN ', and the model ends here' ELSE format(', found "%s"', p_token.token) END);
    END IF;
    IF length(p_token.token) > 50 THEN
        PERFORM domainflow._refuse_authz_syntax(p_token.line, p_token.col, 'a name has at most 50 characters');
    END IF;
    RETURN p_token.token;
END
$$;

COMMENT ON FUNCTION domainflow._authz_name IS 'The name that a token of an authorization model is.';
REVOKE ALL ON FUNCTION domainflow._authz_name FROM PUBLIC;
