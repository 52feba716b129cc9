-- Foreign keys without an index on the referencing side, on tables of 1,000 rows and more: every DELETE of a referenced row, and
-- every change of its key, then scans the whole table while it holds the row lock.
--
-- Keys over the same columns are one finding, and so is a key whose columns begin another one's: one index serves both.
CREATE OR REPLACE FUNCTION domainflow._advise_foreign_keys()
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = 'off'
AS $$
    WITH missing AS MATERIALIZED (
        SELECT k.oid, k.conname, k.conrelid, k.conkey, k.confdeltype, k.confrelid
          FROM (SELECT DISTINCT f.foreign_key FROM domainflow._foreign_key_indexes() AS f WHERE f.index IS NULL) AS f
          JOIN pg_constraint AS k ON k.oid = f.foreign_key
    ), chosen AS (
        SELECT DISTINCT ON (m.conrelid, ARRAY(SELECT c.n FROM unnest(m.conkey) AS c (n) ORDER BY c.n)) m.*
          FROM missing AS m
         WHERE NOT EXISTS (
                   SELECT
                     FROM missing AS w
                    WHERE w.conrelid = m.conrelid
                      AND cardinality(w.conkey) > cardinality(m.conkey)
                      AND w.conkey[1:cardinality(m.conkey)] = m.conkey)
         ORDER BY m.conrelid, ARRAY(SELECT c.n FROM unnest(m.conkey) AS c (n) ORDER BY c.n), m.oid
    )
    SELECT 'missing_foreign_key_index', domainflow._shown(t.name, 400),
           CASE WHEN t.estimated_rows >= 100000 THEN 'high' WHEN t.estimated_rows >= 10000 THEN 'medium' ELSE 'low' END,
           jsonb_build_object(
               'constraint', domainflow._shown(k.conname), 'columns', c.names, 'references', domainflow._shown(r.name, 400),
               'on_delete', k.confdeltype, 'table_bytes', t.bytes, 'estimated_rows', t.estimated_rows),
           domainflow._shown(
               format('Deleting a row of %s, or changing its key, scans all of %s%s.', r.name, t.name,
                      CASE WHEN t.is_partitioned
                           THEN '; the statement blocks writers, because a partitioned table takes no CONCURRENTLY' ELSE '' END), 1000),
           domainflow._printable_statement(
               format('CREATE INDEX %sON %s (%s);', CASE WHEN t.is_partitioned THEN '' ELSE 'CONCURRENTLY ' END, t.name, c.list))
      FROM chosen AS k
      JOIN domainflow._user_tables() AS t ON t.relation = k.conrelid
     CROSS JOIN LATERAL (
           SELECT format('%I.%I', n.nspname, p.relname) AS name
             FROM pg_class AS p
             JOIN pg_namespace AS n ON n.oid = p.relnamespace
            WHERE p.oid = k.confrelid) AS r
     CROSS JOIN LATERAL (
           SELECT string_agg(format('%I', a.attname), ', ' ORDER BY n.position) AS list,
                  jsonb_agg(domainflow._shown(a.attname) ORDER BY n.position) AS names
             FROM unnest(k.conkey) WITH ORDINALITY AS n (attnum, position)
             JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.attnum) AS c
     WHERE t.estimated_rows >= 1000
$$;

COMMENT ON FUNCTION domainflow._advise_foreign_keys() IS 'Advice on foreign keys without an index on the referencing side.';
REVOKE ALL ON FUNCTION domainflow._advise_foreign_keys() FROM PUBLIC, domainflow_reader;
