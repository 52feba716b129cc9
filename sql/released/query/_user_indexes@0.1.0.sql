-- The indexes of the tables that advice is about, with size in bytes and number of scans over all partitions.
CREATE OR REPLACE FUNCTION domainflow._user_indexes()
RETURNS TABLE (index oid, relation oid, name text, relkind "char", bytes bigint, scans bigint)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT x.oid, i.indrelid, format('%I.%I', n.nspname, x.relname), x.relkind, l.bytes, l.scans
      FROM domainflow._user_tables() AS t
      JOIN pg_index AS i ON i.indrelid = t.relation
      JOIN pg_class AS x ON x.oid = i.indexrelid
      JOIN pg_namespace AS n ON n.oid = x.relnamespace
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(pg_relation_size(p.relid)), 0)::bigint AS bytes, COALESCE(sum(s.idx_scan), 0)::bigint AS scans
             FROM (SELECT x.oid AS relid WHERE x.relkind = 'i'
                   UNION ALL
                   SELECT q.relid::oid FROM pg_partition_tree(x.oid) AS q WHERE x.relkind = 'I' AND q.isleaf) AS p
             LEFT JOIN pg_stat_user_indexes AS s ON s.indexrelid = p.relid) AS l
$$;

COMMENT ON FUNCTION domainflow._user_indexes() IS 'Indexes that advice is about: size and scans.';
REVOKE ALL ON FUNCTION domainflow._user_indexes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._user_indexes() TO domainflow_reader;
