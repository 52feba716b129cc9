-- A table as the target of a generated statement.
--
-- ONLY for an ordinary table: its unique key says nothing about tables that inherit from it, and an update by key must not reach
-- a second row there. A partitioned table's unique key holds over its partitions.
CREATE OR REPLACE FUNCTION domainflow._entity_target(p_table regclass)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s%I.%I', CASE WHEN c.relkind = 'r' THEN 'ONLY ' END, n.nspname, c.relname)
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid = p_table
$$;

COMMENT ON FUNCTION domainflow._entity_target(regclass) IS 'A table as the target of a generated statement.';
REVOKE ALL ON FUNCTION domainflow._entity_target(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_target(regclass) TO domainflow_owner;
