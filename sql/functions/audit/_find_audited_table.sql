-- The table of a row of audited_table, or null: the one of that schema and name, else the renamed one of that number.
--
-- The name comes first, because a number means another table after a restore or on a logical subscriber.
CREATE OR REPLACE FUNCTION domainflow._find_audited_table(p_function text)
RETURNS regclass
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid::regclass
      FROM domainflow.audited_table AS a
      JOIN pg_class AS c ON c.relkind IN ('r', 'p') AND (c.oid = a.relation OR c.relname = a.table_name)
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE a.function_name = p_function
       AND (n.nspname = a.schema_name AND c.relname = a.table_name OR c.oid = a.relation)
     ORDER BY n.nspname = a.schema_name AND c.relname = a.table_name DESC
     LIMIT 1
$$;

COMMENT ON FUNCTION domainflow._find_audited_table(text)
IS 'The table of a row of audited_table, by schema and name, else by number; null when it is gone.';
REVOKE ALL ON FUNCTION domainflow._find_audited_table(text) FROM PUBLIC;
