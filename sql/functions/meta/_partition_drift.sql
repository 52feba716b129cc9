-- The partitions of a month that are not like their table's default partition, or have other grants than the table; none when all is well.
CREATE OR REPLACE FUNCTION domainflow._partition_drift()
RETURNS TABLE (identity text, expected text, found text)
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
    SELECT i.inhrelid::regclass::text, e.shape, f.shape
      FROM pg_class AS p
      JOIN pg_partitioned_table AS t ON t.partrelid = p.oid AND t.partdefid <> 0
      JOIN pg_inherits AS i ON i.inhparent = p.oid AND i.inhrelid <> t.partdefid
      JOIN pg_class AS c ON c.oid = i.inhrelid
     CROSS JOIN LATERAL (
            SELECT domainflow._partition_shape(t.partdefid::regclass) || E'\ngrants ' || domainflow._grants(p.relacl, p.relowner) AS shape) AS e
     CROSS JOIN LATERAL (
            SELECT domainflow._partition_shape(i.inhrelid::regclass) || E'\ngrants ' || domainflow._grants(c.relacl, c.relowner) AS shape) AS f
     WHERE p.relnamespace = to_regnamespace('domainflow') AND e.shape IS DISTINCT FROM f.shape
     ORDER BY 1
$$;

COMMENT ON FUNCTION domainflow._partition_drift() IS 'Partitions of a month that are not like their table says.';
REVOKE ALL ON FUNCTION domainflow._partition_drift() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._partition_drift()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
