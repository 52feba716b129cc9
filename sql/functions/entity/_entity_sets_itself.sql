-- The condition under which a statement may set plain columns to themselves and nobody can tell, as text for generated functions.
--
-- Asked at each call, because a trigger may come later; relhastriggers first, which costs half as much.
CREATE OR REPLACE FUNCTION domainflow._entity_sets_itself(p_table regclass)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('pg_catalog.has_table_privilege(%1$s, ''SELECT'') AND pg_catalog.has_table_privilege(%1$s, ''UPDATE'') AND ('
                  'SELECT CASE WHEN c.relhastriggers THEN NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t'
                  ' WHERE t.tgrelid OPERATOR(pg_catalog.=) %1$s AND t.tgattr[0] IS NOT NULL) ELSE true END'
                  ' FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) %1$s)',
                  format('%L::pg_catalog.regclass::pg_catalog.oid', format('%I.%I', n.nspname, c.relname)))
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid = p_table
$$;

COMMENT ON FUNCTION domainflow._entity_sets_itself(regclass)
IS 'The condition under which a statement may set columns to themselves unnoticed.';
REVOKE ALL ON FUNCTION domainflow._entity_sets_itself(regclass) FROM PUBLIC;
