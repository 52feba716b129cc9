-- The definition of each column of the schema: type, collation, NOT NULL, default, identity, generation.
--
-- The position is left out: a column that an upgrade added last is the same column.
CREATE OR REPLACE FUNCTION domainflow._describe_column()
RETURNS TABLE (objid oid, objsubid integer, definition text)
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
    SELECT a.attrelid, a.attnum::integer,
           concat_ws(' ',
               format_type(a.atttypid, a.atttypmod),
               (SELECT 'collate ' || l.collname FROM pg_collation AS l JOIN pg_type AS t ON t.oid = a.atttypid
                 WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation),
               CASE WHEN a.attnotnull THEN 'not null' END,
               CASE WHEN a.attidentity <> '' THEN 'identity ' || a.attidentity::text END,
               CASE WHEN a.attgenerated <> '' THEN 'generated ' || a.attgenerated::text END,
               (SELECT 'default ' || pg_get_expr(d.adbin, d.adrelid)
                  FROM pg_attrdef AS d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum))
      FROM pg_attribute AS a
      JOIN pg_class AS c ON c.oid = a.attrelid
     WHERE c.relnamespace = to_regnamespace('domainflow')
       AND (NOT c.relispartition OR EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partdefid = c.oid))
       AND a.attnum > 0 AND NOT a.attisdropped
$$;

COMMENT ON FUNCTION domainflow._describe_column() IS 'Definitions of columns: type, NOT NULL, default, identity, generation.';
REVOKE ALL ON FUNCTION domainflow._describe_column() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_column()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
