-- A statement without what changes from one execution to the next: literals and parameters become ?, comments go, white space
-- shrinks, letters become lower case, lists of literals (IN, VALUES) become one ?.
--
-- A lexer, not a parser, so it takes any text: quoted identifiers and strings with quotes, backslashes (E'...') or $$ inside are
-- recognised; strings with a tagged dollar quote ($x$...$x$) and comments nested in comments are not, and differ by content.
-- Null for null.
CREATE OR REPLACE FUNCTION domainflow.normalize_query(p_query text)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
STRICT
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    -- Identifiers in quotes, then strings. Each is matched as a whole, so that quotes and dashes inside mean nothing.
    c_identifier CONSTANT text := '"(?:[^"]|"")*"';
    c_string CONSTANT text := $re$\m[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$\$(?:[^$]|\$[^$])*\$\$$re$;
    c_comment CONSTANT text := '--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/';
    c_number CONSTANT text := '\$\d+|(?:\m\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?!\w)';
    v_query text := p_query;
BEGIN
    v_query := regexp_replace(v_query, '(' || c_identifier || '|' || c_string || ')|' || c_comment, '\1 ', 'g');
    -- An identifier is followed by the white space of the step before, so that "? is one that this step has marked.
    v_query := regexp_replace(v_query, '(' || c_identifier || ')|' || c_string || '|' || c_number, '\1?', 'g');
    v_query := replace(v_query, '"?', '"');
    v_query := lower(regexp_replace(v_query, '\s+', ' ', 'g') COLLATE "C");
    v_query := regexp_replace(v_query, ' ?([][(),;=<>+*/%|-]) ?', '\1', 'g');
    -- The sign of a literal is part of it.
    v_query := regexp_replace(v_query, '([[(,=<>])[-+]\?', '\1?', 'g');
    v_query := regexp_replace(v_query, '\?(?:,\?)+', '?', 'g');
    v_query := regexp_replace(v_query, '\(\?\)(?:,\(\?\))+', '(?)', 'g');
    RETURN btrim(v_query, ' ;');
END
$function$;

COMMENT ON FUNCTION domainflow.normalize_query(text)
IS 'A statement without literals, parameters, comments and needless white space, in lower case.';
REVOKE ALL ON FUNCTION domainflow.normalize_query(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.normalize_query(text) TO domainflow_app, domainflow_reader;
