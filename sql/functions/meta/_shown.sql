-- A value as messages show it: at most p_length characters, and nothing in it that a terminal or a log would obey.
--
-- Control characters, and in UTF-8 the marks that turn the direction of text, become "?". Null stays null.
CREATE OR REPLACE FUNCTION domainflow._shown(p_text text, p_length integer DEFAULT 200)
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT regexp_replace(left(p_text, p_length),
                          CASE getdatabaseencoding() WHEN 'UTF8' THEN E'[\\x01-\\x1f\\x7f\\u0080-\\u009f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'
                               ELSE E'[\\x01-\\x1f\\x7f]' END, '?', 'g')
        || CASE WHEN length(p_text) > p_length THEN '...' ELSE '' END
$$;

COMMENT ON FUNCTION domainflow._shown(text, integer) IS 'A value as messages show it: cut, and without control characters.';
REVOKE ALL ON FUNCTION domainflow._shown(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._shown(text, integer)
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_admin, domainflow_owner;
