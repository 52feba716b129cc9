-- The expression for whether two values differ: printed otherwise, or one of them null.
--
-- Not IS DISTINCT FROM, which takes its operator from the search_path.
CREATE OR REPLACE FUNCTION domainflow._audit_differs(p_kind text, p_old text, p_new text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('(%1$s OPERATOR(pg_catalog.=) %2$s) IS NOT TRUE AND (%3$s IS DISTINCT FROM NULL OR %4$s IS DISTINCT FROM NULL)',
                  domainflow._audit_printed(p_kind, p_new), domainflow._audit_printed(p_kind, p_old), p_new, p_old)
$$;

COMMENT ON FUNCTION domainflow._audit_differs(text, text, text) IS 'Expression for whether two values differ.';
REVOKE ALL ON FUNCTION domainflow._audit_differs(text, text, text) FROM PUBLIC;
