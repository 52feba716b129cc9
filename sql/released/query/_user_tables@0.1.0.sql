-- The tables that advice is about, with size in bytes and estimated rows over all partitions, and their scan counters.
--
-- Without system schemas, temporary tables and the partitions that DomainFlow makes and drops itself. A partitioned table and
-- its partitions are both there. Rows come from the statistics collector or from ANALYZE, whichever knows of more.
CREATE OR REPLACE FUNCTION domainflow._user_tables()
RETURNS TABLE (
    relation oid,
    name text,
    is_partitioned boolean,
    bytes bigint,
    estimated_rows bigint,
    seq_scan bigint,
    seq_tup_read bigint,
    idx_scan bigint,
    idx_tup_fetch bigint
)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid, format('%I.%I', n.nspname, c.relname), c.relkind = 'p', t.bytes, t.estimated_rows,
           COALESCE(s.seq_scan, 0), COALESCE(s.seq_tup_read, 0), COALESCE(s.idx_scan, 0), COALESCE(s.idx_tup_fetch, 0)
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_stat_user_tables AS s ON s.relid = c.oid
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(pg_relation_size(l.relid)), 0)::bigint AS bytes,
                  COALESCE(sum(GREATEST(lc.reltuples::bigint, ls.n_live_tup, 0)), 0)::bigint AS estimated_rows
             FROM (SELECT c.oid AS relid WHERE c.relkind = 'r'
                   UNION ALL
                   SELECT p.relid::oid FROM pg_partition_tree(c.oid) AS p WHERE c.relkind = 'p' AND p.isleaf) AS l
             JOIN pg_class AS lc ON lc.oid = l.relid
             LEFT JOIN pg_stat_user_tables AS ls ON ls.relid = l.relid) AS t
     WHERE c.relkind IN ('r', 'p')
       AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema'
       AND n.nspname NOT LIKE 'pg\_%'
       AND NOT (n.nspname = 'domainflow' AND c.relispartition)
$$;

COMMENT ON FUNCTION domainflow._user_tables() IS 'Tables that advice is about: size, estimated rows, scans.';
REVOKE ALL ON FUNCTION domainflow._user_tables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._user_tables() TO domainflow_reader;
