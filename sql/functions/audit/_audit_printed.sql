-- The expression for the exact form of a value, by which two values are compared: its text where equal values may be printed differently.
--
-- Values of users' types are printed by their output functions, through format(): a cast, which to_jsonb() would look for, may be a
-- function of the table's owner, and the expression runs with the rights of the log's owner. Every name in it is qualified: it stands
-- in functions without a search_path of their own.
CREATE OR REPLACE FUNCTION domainflow._audit_printed(p_kind text, p_value text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
               WHEN p_kind IN ('plain', 'instant') THEN p_value
               WHEN p_kind IN ('number', 'json') THEN p_value || '::pg_catalog.text'
               WHEN p_kind = 'text' THEN p_value || '::pg_catalog.text COLLATE pg_catalog."C"'
               ELSE format('(CASE WHEN %1$s IS DISTINCT FROM NULL THEN pg_catalog.format(''%%s'', %1$s) END)', p_value) END
$$;

COMMENT ON FUNCTION domainflow._audit_printed(text, text) IS 'Expression for the exact form of a value, for comparisons.';
REVOKE ALL ON FUNCTION domainflow._audit_printed(text, text) FROM PUBLIC;
