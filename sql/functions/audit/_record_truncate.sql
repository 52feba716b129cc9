-- Trigger function: records that a table, or a partition, was emptied, with the planner's estimate of its rows.
--
-- Counting would read the table, for which the log's owner has no right. SECURITY DEFINER, because who empties a table
-- may not write its log.
CREATE OR REPLACE FUNCTION domainflow._record_truncate()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO domainflow.row_change (operation, schema_name, table_name, partition_name, estimated_rows)
    SELECT TG_OP, n.nspname, r.relname, CASE WHEN c.relispartition THEN concat(TG_TABLE_SCHEMA, '.', TG_TABLE_NAME) END,
           NULLIF(c.reltuples, -1)::bigint
      FROM pg_class AS c
      JOIN pg_class AS r ON r.oid = COALESCE(pg_partition_root(c.oid), c.oid)
      JOIN pg_namespace AS n ON n.oid = r.relnamespace
     WHERE c.oid = TG_RELID;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION domainflow._record_truncate() IS 'Records in row_change that a table was emptied.';
REVOKE ALL ON FUNCTION domainflow._record_truncate() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._record_truncate() TO domainflow_owner;
