-- The tables of schema domainflow whose rows have a correlation id, with the column that says when a row was written:
-- the one by which the table is partitioned, else the first one that is never null; not one that says when something is
-- due. Null for a table without such a column.
CREATE OR REPLACE FUNCTION domainflow._correlated_tables()
RETURNS TABLE (table_name text, relation regclass, time_column name, has_transaction boolean)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.relname::text, c.oid::regclass, w.attname,
           EXISTS (SELECT FROM pg_attribute AS x
                    WHERE x.attrelid = c.oid AND x.attname = 'transaction_id' AND x.atttypid = 'xid8'::regtype AND NOT x.attisdropped)
      FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'correlation_id' AND a.atttypid = 'text'::regtype AND NOT a.attisdropped
      LEFT JOIN pg_partitioned_table AS p ON p.partrelid = c.oid
      LEFT JOIN LATERAL (
            SELECT t.attname
              FROM pg_attribute AS t
             WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped AND t.atttypid = 'timestamp with time zone'::regtype
               AND t.attname NOT IN ('run_at', 'lease_until', 'due_at')
             ORDER BY t.attnum = p.partattrs[0] DESC NULLS LAST, t.attnotnull DESC, t.attnum
             LIMIT 1) AS w ON true
     WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relowner = (SELECT n.nspowner FROM pg_namespace AS n WHERE n.nspname = 'domainflow')
     ORDER BY c.relname
$$;

COMMENT ON FUNCTION domainflow._correlated_tables()
IS 'Tables of schema domainflow whose rows have a correlation id, and when they were written.';
REVOKE ALL ON FUNCTION domainflow._correlated_tables() FROM PUBLIC;
