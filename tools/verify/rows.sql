-- Counts and hashes the rows of each table, and reads each sequence, to compare a database with its restored dump.
-- Leaves out built-in rows: the installation creates them, with its own timestamp.
SELECT format('SELECT %L, count(*), md5(string_agg(r::text, chr(10) ORDER BY r::text COLLATE "C")) FROM domainflow.%I AS r '
              'WHERE to_jsonb(r) -> ''built_in'' IS DISTINCT FROM ''true''', c.relname, c.relname)
  FROM pg_class AS c
 WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   -- What an unlogged table has is a hint, which a dump of the extension leaves out.
   AND c.relpersistence <> 'u'
 ORDER BY c.relname COLLATE "C"
\gexec
SELECT format('SELECT %L, last_value, is_called FROM domainflow.%I', c.relname, c.relname)
  FROM pg_class AS c
 WHERE c.relnamespace = 'domainflow'::regnamespace AND c.relkind = 'S'
 ORDER BY c.relname COLLATE "C"
\gexec
