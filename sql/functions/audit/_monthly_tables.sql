-- The tables of schema domainflow that get a partition per month: range-partitioned by one timestamptz column, with a default
-- partition. Found in the catalog, so that a new room with such a table needs no entry anywhere.
--
-- is_ours: table and default partition belong to the owner of the schema. Nothing is done to other tables: work on them would run
-- their owner's triggers and defaults with the rights of the schema's owner.
CREATE FUNCTION domainflow._monthly_tables()
RETURNS TABLE (table_name text, parent regclass, default_partition regclass, time_column text, is_ours boolean)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.relname::text, c.oid::regclass, p.partdefid::regclass, a.attname::text, c.relowner = n.nspowner AND d.relowner = n.nspowner
      FROM pg_partitioned_table AS p
      JOIN pg_class AS c ON c.oid = p.partrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_class AS d ON d.oid = p.partdefid
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
     WHERE n.nspname = 'domainflow'
       AND p.partstrat = 'r'
       AND p.partnatts = 1
       AND a.atttypid = 'timestamp with time zone'::regtype
     ORDER BY c.relname
$$;

COMMENT ON FUNCTION domainflow._monthly_tables() IS 'Tables of schema domainflow that are partitioned by month, and whether they are ours.';
REVOKE ALL ON FUNCTION domainflow._monthly_tables() FROM PUBLIC;
