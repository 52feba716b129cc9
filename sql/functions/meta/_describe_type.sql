-- The definition of each enum (labels in order), composite type (columns in order), domain and range type of the schema.
CREATE OR REPLACE FUNCTION domainflow._describe_type()
RETURNS TABLE (objid oid, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
SET standard_conforming_strings = on
SET extra_float_digits = 1
SET bytea_output = 'hex'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET TimeZone = 'UTC'
AS $$
    SELECT t.oid,
           concat_ws(' ',
               'type', t.typtype,
               (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                  FROM pg_enum AS e WHERE e.enumtypid = t.oid),
               (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
                  FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
               CASE WHEN t.typtype = 'd' THEN
                   format('over %s not null %s default %s', format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault)
               END,
               (SELECT 'over ' || format_type(r.rngsubtype, NULL) FROM pg_range AS r WHERE r.rngtypid = t.oid))
      FROM pg_type AS t
     WHERE t.typnamespace = to_regnamespace('domainflow') AND t.typtype IN ('e', 'c', 'd', 'r')
$$;

COMMENT ON FUNCTION domainflow._describe_type() IS 'Definitions of enums, composite types, domains and ranges.';
REVOKE ALL ON FUNCTION domainflow._describe_type() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_type()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
