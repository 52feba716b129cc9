-- The entity under which a table is managed, or null. A table that was dropped is still known by its number.
CREATE OR REPLACE FUNCTION domainflow._entity_of(p_table regclass)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.entity
      FROM domainflow.managed_entity AS m
     WHERE COALESCE(domainflow._entity_table(m.entity)::oid, m.relation) = p_table
     ORDER BY m.entity
     LIMIT 1
$$;

COMMENT ON FUNCTION domainflow._entity_of(regclass) IS 'The entity under which a table is managed.';
REVOKE ALL ON FUNCTION domainflow._entity_of(regclass) FROM PUBLIC;
