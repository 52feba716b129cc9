-- The tables of schema domainflow that get a partition per month: range-partitioned by one timestamptz column, with a default
-- partition. Found in the catalog, so that a new room with such a table needs no entry anywhere.
CREATE OR REPLACE FUNCTION domainflow._monthly_tables()
RETURNS TABLE (table_name text, parent regclass, default_partition regclass, time_column text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.relname::text, c.oid::regclass, p.partdefid::regclass, a.attname::text
      FROM pg_partitioned_table AS p
      JOIN pg_class AS c ON c.oid = p.partrelid
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
     WHERE c.relnamespace = 'domainflow'::regnamespace
       AND p.partstrat = 'r'
       AND p.partnatts = 1
       AND p.partdefid <> 0
       AND a.atttypid = 'timestamp with time zone'::regtype
     ORDER BY c.relname
$$;

COMMENT ON FUNCTION domainflow._monthly_tables() IS 'Tables of schema domainflow that are partitioned by month.';
REVOKE ALL ON FUNCTION domainflow._monthly_tables() FROM PUBLIC;
