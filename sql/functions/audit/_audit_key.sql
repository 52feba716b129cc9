-- The expression for the primary key of a row as JSON; null for a table that has none.
CREATE OR REPLACE FUNCTION domainflow._audit_key(p_names name[], p_kinds text[], p_row text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN p_names IS NULL THEN 'NULL::pg_catalog.jsonb' ELSE domainflow._audit_object(p_names, p_kinds, p_row) END
$$;

COMMENT ON FUNCTION domainflow._audit_key(name[], text[], text) IS 'Expression for the primary key of a row as JSON.';
REVOKE ALL ON FUNCTION domainflow._audit_key(name[], text[], text) FROM PUBLIC;
