-- Raises DF201 for a model that cannot be read, with the line and column.
CREATE OR REPLACE FUNCTION domainflow._refuse_authz_syntax(p_line integer, p_column integer, p_problem text, p_hint text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'DF201',
        MESSAGE = format('authorization model, line %s, column %s: %s', p_line, p_column, p_problem),
        DETAIL = format('line: %s, column: %s', p_line, p_column),
        HINT = COALESCE(p_hint, 'The language is OpenFGA''s, schema 1.1: define viewer: [user, group#member] or editor from parent.');
END
$$;

COMMENT ON FUNCTION domainflow._refuse_authz_syntax IS 'Raises DF201 with line and column of an authorization model.';
REVOKE ALL ON FUNCTION domainflow._refuse_authz_syntax FROM PUBLIC;
