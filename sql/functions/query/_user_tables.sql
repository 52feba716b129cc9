-- The tables that advice is about, with size in bytes and estimated rows over all partitions, and their scan counters.
--
-- A partitioned table and its partitions are one table: rows, bytes and rows read are sums; scans are those of the partition that was
-- scanned most, because one statement may scan them all. Without system schemas, DomainFlow's own, temporary and foreign tables. Rows come
-- from the statistics or from ANALYZE, whichever knows of more. Counters are read by function: the views pg_stat_* join every table and
-- index at each call.
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
SET jit = 'off'
AS $$
    WITH RECURSIVE member AS (
        SELECT c.oid AS root, c.oid, c.relkind, c.reltuples
          FROM pg_class AS c
          JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p')
           AND NOT c.relispartition
           AND c.relpersistence <> 't'
           AND n.nspname <> ALL ('{information_schema,domainflow,domainflow_generated}')
           AND left(n.nspname::text, 3) <> 'pg_'
        UNION ALL
        SELECT m.root, c.oid, c.relkind, c.reltuples
          FROM member AS m
          JOIN pg_inherits AS i ON i.inhparent = m.oid
          JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE m.relkind = 'p'
           AND c.relkind IN ('r', 'p')
    ), scan AS (
        SELECT i.indrelid, sum(pg_stat_get_numscans(i.indexrelid)) AS scans, sum(pg_stat_get_tuples_fetched(i.indexrelid)) AS fetched
          FROM pg_index AS i
         GROUP BY i.indrelid
    ), total AS (
        SELECT m.root, COALESCE(sum(pg_relation_size(m.oid)), 0)::bigint AS bytes,
               COALESCE(sum(GREATEST(m.reltuples::bigint, pg_stat_get_live_tuples(m.oid), 0)) FILTER (WHERE m.relkind = 'r'), 0)::bigint
                   AS estimated_rows,
               max(pg_stat_get_numscans(m.oid)) AS seq_scan, sum(pg_stat_get_tuples_returned(m.oid))::bigint AS seq_tup_read,
               COALESCE(sum(s.scans), 0)::bigint AS idx_scan,
               (COALESCE(sum(s.fetched), 0) + sum(pg_stat_get_tuples_fetched(m.oid)))::bigint AS idx_tup_fetch
          FROM member AS m
          LEFT JOIN scan AS s ON s.indrelid = m.oid
         WHERE m.relkind = 'r' OR m.oid = m.root
         GROUP BY m.root
    )
    SELECT c.oid, format('%I.%I', n.nspname, c.relname), c.relkind = 'p', t.bytes, t.estimated_rows, t.seq_scan, t.seq_tup_read,
           t.idx_scan, t.idx_tup_fetch
      FROM total AS t
      JOIN pg_class AS c ON c.oid = t.root
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
$$;

COMMENT ON FUNCTION domainflow._user_tables() IS 'Tables that advice is about: size, estimated rows, scans.';
REVOKE ALL ON FUNCTION domainflow._user_tables() FROM PUBLIC, domainflow_reader;
