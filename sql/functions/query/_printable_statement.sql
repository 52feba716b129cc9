-- A statement for the advice to print, or null when a name in it holds control characters or marks that change the direction of text.
--
-- Names are quoted, so that none ends a statement. But a terminal obeys an escape sequence that somebody put into the name of a table, and
-- a reader cannot see a mark that turns the text around.
CREATE OR REPLACE FUNCTION domainflow._printable_statement(p_statement text)
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN p_statement = domainflow._shown(p_statement, 100000) THEN p_statement END
$$;

COMMENT ON FUNCTION domainflow._printable_statement(text) IS 'A statement that may be printed; null when a name in it may not.';
REVOKE ALL ON FUNCTION domainflow._printable_statement(text) FROM PUBLIC;
