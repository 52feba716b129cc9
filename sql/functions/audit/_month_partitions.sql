-- The partitions of one month each that _add_month_partitions made for a table, the oldest first.
--
-- Name and bounds both say the month. Partitions that somebody made or renamed by hand, or that do not belong to the owner of the
-- schema, are not among them: retention leaves them alone.
CREATE OR REPLACE FUNCTION domainflow._month_partitions(p_parent regclass)
RETURNS TABLE (partition regclass, partition_name text, range_from timestamp with time zone, range_to timestamp with time zone)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO, YMD'
AS $$
    SELECT b.oid::regclass, b.relname::text, b.bounds[1]::timestamp with time zone, b.bounds[2]::timestamp with time zone
      FROM (SELECT c.oid, c.relname,
                   regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$^FOR VALUES FROM \('([^']*)'\) TO \('([^']*)'\)\Z$re$) AS bounds
              FROM pg_inherits AS i
              JOIN pg_class AS c ON c.oid = i.inhrelid
              JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE i.inhparent = p_parent
               AND n.nspname = 'domainflow'
               AND c.relkind = 'r'
               AND c.relowner = n.nspowner) AS b
     WHERE b.bounds IS NOT NULL
       AND b.relname = domainflow._partition_name(p_parent, b.bounds[1]::timestamp with time zone AT TIME ZONE 'UTC')
       AND b.bounds[2]::timestamp with time zone = b.bounds[1]::timestamp with time zone + interval '1 month'
     ORDER BY 3
$$;

COMMENT ON FUNCTION domainflow._month_partitions(regclass) IS 'The monthly partitions of a table with their bounds, the oldest first.';
REVOKE ALL ON FUNCTION domainflow._month_partitions(regclass) FROM PUBLIC;
