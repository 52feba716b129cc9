-- Foreign keys without an index on the referencing side, on tables of 1,000 rows and more: every DELETE of a referenced row, and
-- every change of its key, then scans the whole table while it holds the row lock.
CREATE OR REPLACE FUNCTION domainflow._advise_foreign_keys()
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'missing_foreign_key_index', t.name,
           CASE WHEN t.estimated_rows >= 100000 THEN 'high' WHEN t.estimated_rows >= 10000 THEN 'medium' ELSE 'low' END,
           jsonb_build_object(
               'constraint', k.conname, 'columns', c.names, 'references', format('%I.%I', rn.nspname, r.relname),
               'on_delete', k.confdeltype, 'table_bytes', t.bytes, 'estimated_rows', t.estimated_rows),
           format('Deleting a row of %I.%I, or changing its key, scans all of %s%s.', rn.nspname, r.relname, t.name,
                  CASE WHEN t.is_partitioned
                       THEN '; the statement blocks writers, because a partitioned table takes no CONCURRENTLY' ELSE '' END),
           format('CREATE INDEX %sON %s (%s);', CASE WHEN t.is_partitioned THEN '' ELSE 'CONCURRENTLY ' END, t.name, c.list)
      FROM domainflow._foreign_key_indexes() AS f
      JOIN pg_constraint AS k ON k.oid = f.foreign_key
      JOIN domainflow._user_tables() AS t ON t.relation = f.relation
      JOIN pg_class AS r ON r.oid = k.confrelid
      JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
     CROSS JOIN LATERAL (
           SELECT string_agg(format('%I', a.attname), ', ' ORDER BY n.position) AS list,
                  jsonb_agg(a.attname ORDER BY n.position) AS names
             FROM unnest(k.conkey) WITH ORDINALITY AS n (attnum, position)
             JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.attnum) AS c
     WHERE f.index IS NULL
       AND t.estimated_rows >= 1000
$$;

COMMENT ON FUNCTION domainflow._advise_foreign_keys() IS 'Advice on foreign keys without an index on the referencing side.';
REVOKE ALL ON FUNCTION domainflow._advise_foreign_keys() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._advise_foreign_keys() TO domainflow_reader;
