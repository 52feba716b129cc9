-- The table of an entity, or null: the one of that schema and name, else the renamed one of that number.
--
-- The name comes first, because it is what the generated functions say, and because a number means another table after a restore or
-- on a logical subscriber. So a number counts only if no table has the name, and only for a table that has the entity's columns.
CREATE OR REPLACE FUNCTION domainflow._entity_table(p_entity text)
RETURNS regclass
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid::regclass
      FROM domainflow.managed_entity AS m
      JOIN pg_class AS c ON c.relkind IN ('r', 'p')
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE m.entity = p_entity
       AND ((n.nspname = m.schema_name AND c.relname = m.table_name)
            OR (c.oid = m.relation AND (
                   SELECT count(*) FROM pg_attribute AS a
                    WHERE a.attrelid = c.oid AND a.attname = ANY (m.version_column || m.key_columns) AND NOT a.attisdropped
                   ) = 1 + cardinality(m.key_columns)))
     ORDER BY n.nspname = m.schema_name AND c.relname = m.table_name DESC
     LIMIT 1
$$;

COMMENT ON FUNCTION domainflow._entity_table(text) IS 'The table of an entity, by schema and name, else by number; null when it is gone.';
REVOKE ALL ON FUNCTION domainflow._entity_table(text) FROM PUBLIC;
