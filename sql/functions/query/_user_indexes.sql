-- The indexes of the tables that advice is about, with size in bytes and number of scans over all partitions; the one that makes an
-- index needless; and whether a foreign key needs it.
--
-- kept: the index that serves all scans of this one, itself not needless; null when there is none. redundancy:
-- exact: same columns, expressions, operator classes, collations, order, INCLUDE columns and predicate. Kept is the primary key,
-- then what a foreign key refers to, a constraint, the replica identity, a unique one, the older.
-- prefix: a B-tree that is not unique, whose columns begin another one's. Never needless: what enforces something that the
-- kept one does not, a primary key, what a foreign key refers to, the replica identity.
-- Indexes of single partitions are not among them.
CREATE FUNCTION domainflow._user_indexes()
RETURNS TABLE (index oid, relation oid, name text, relkind "char", bytes bigint, scans bigint, kept oid, redundancy text, is_needed boolean)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = 'off'
AS $$
    WITH RECURSIVE candidate AS MATERIALIZED (
        SELECT i.indexrelid, i.indrelid, x.relname, x.relnamespace, x.relkind, i.indnkeyatts, i.indnatts, i.indisprimary, i.indisunique,
               i.indimmediate, i.indisreplident, i.indisvalid AND NOT i.indisexclusion AS is_comparable, x.relam,
               m.amname = 'btree' AS is_btree, COALESCE(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') AS nulls_not_distinct,
               CASE WHEN i.indpred IS NOT NULL THEN pg_get_expr(i.indpred, i.indrelid) END AS predicate,
               -- One element a column, with all that decides which scans it serves.
               (SELECT array_agg(format('%s %s %s %s',
                                        CASE WHEN i.indkey[k.n - 1] = 0 THEN pg_get_indexdef(i.indexrelid, k.n, true)
                                             ELSE i.indkey[k.n - 1]::text END,
                                        i.indclass[k.n - 1], i.indcollation[k.n - 1], i.indoption[k.n - 1]) ORDER BY k.n)
                  FROM generate_series(1, i.indnatts) AS k (n)) AS columns
          FROM pg_index AS i
          JOIN pg_class AS x ON x.oid = i.indexrelid
          JOIN pg_am AS m ON m.oid = x.relam
          JOIN pg_class AS c ON c.oid = i.indrelid
          JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p')
           AND NOT c.relispartition
           AND c.relpersistence <> 't'
           AND n.nspname <> ALL ('{information_schema,domainflow,domainflow_generated}')
           AND left(n.nspname::text, 3) <> 'pg_'
    ), enforced AS MATERIALIZED (
        SELECT c.conindid, bool_or(c.contype IN ('p', 'u', 'x')) AS has_constraint, bool_or(c.contype = 'f') AS is_referenced
          FROM pg_constraint AS c
         WHERE c.conindid <> 0
         GROUP BY c.conindid
    ), ranked AS MATERIALIZED (
        SELECT c.*, COALESCE(e.has_constraint, false) AS has_constraint, COALESCE(e.is_referenced, false) AS is_referenced
          FROM candidate AS c
          LEFT JOIN enforced AS e ON e.conindid = c.indexrelid
    ), pair AS MATERIALIZED (
        SELECT DISTINCT ON (d.indexrelid) d.indexrelid AS redundant, k.indexrelid AS kept
          FROM ranked AS d
          JOIN ranked AS k
            ON k.indrelid = d.indrelid AND k.indexrelid <> d.indexrelid AND k.relam = d.relam
           AND k.predicate IS NOT DISTINCT FROM d.predicate
         WHERE d.is_comparable AND k.is_comparable
           AND NOT d.indisprimary AND NOT d.is_referenced AND NOT d.indisreplident
           AND (NOT d.indisunique
                OR (k.indisunique AND k.indimmediate AND k.nulls_not_distinct = d.nulls_not_distinct))
           AND ((d.columns = k.columns AND d.indnkeyatts = k.indnkeyatts
                 AND (k.indisprimary, k.is_referenced, k.has_constraint, k.indisreplident, k.indisunique, -k.indexrelid::bigint)
                   > (d.indisprimary, d.is_referenced, d.has_constraint, d.indisreplident, d.indisunique, -d.indexrelid::bigint))
                OR (d.is_btree AND NOT d.indisunique AND d.indnatts = d.indnkeyatts AND d.indnkeyatts < k.indnkeyatts
                    AND d.columns = k.columns[1:d.indnkeyatts]))
         ORDER BY d.indexrelid, d.columns = k.columns DESC, k.indisprimary DESC, k.is_referenced DESC, k.has_constraint DESC,
                  k.indisreplident DESC, k.indisunique DESC, k.indnatts, k.indexrelid
    ), chain AS (
        -- What is kept is not needless itself: an index that another one makes needless hands its own duplicates on to that one.
        SELECT p.redundant, p.kept FROM pair AS p
        UNION ALL
        SELECT c.redundant, p.kept FROM chain AS c JOIN pair AS p ON p.redundant = c.kept
    ), resolved AS MATERIALIZED (
        SELECT c.redundant, c.kept FROM chain AS c WHERE NOT EXISTS (SELECT FROM pair AS p WHERE p.redundant = c.kept)
    ), needed AS MATERIALIZED (
        SELECT DISTINCT f.index FROM domainflow._foreign_key_indexes() AS f WHERE f.index IS NOT NULL
    ), part AS (
        SELECT r.indexrelid AS root, r.indexrelid, r.relkind FROM ranked AS r
        UNION ALL
        SELECT p.root, x.oid, x.relkind
          FROM part AS p
          JOIN pg_inherits AS i ON i.inhparent = p.indexrelid
          JOIN pg_class AS x ON x.oid = i.inhrelid
         WHERE p.relkind = 'I'
    ), total AS (
        SELECT p.root, COALESCE(sum(pg_relation_size(p.indexrelid)), 0)::bigint AS bytes,
               COALESCE(sum(pg_stat_get_numscans(p.indexrelid)), 0)::bigint AS scans
          FROM part AS p
         WHERE p.relkind = 'i'
         GROUP BY p.root
    )
    SELECT r.indexrelid, r.indrelid, format('%I.%I', n.nspname, r.relname), r.relkind, COALESCE(t.bytes, 0), COALESCE(t.scans, 0), s.kept,
           CASE WHEN k.indexrelid IS NOT NULL THEN CASE WHEN k.columns = r.columns THEN 'exact' ELSE 'prefix' END END,
           EXISTS (SELECT FROM needed AS f WHERE f.index = r.indexrelid)
      FROM ranked AS r
      JOIN pg_namespace AS n ON n.oid = r.relnamespace
      LEFT JOIN total AS t ON t.root = r.indexrelid
      LEFT JOIN resolved AS s ON s.redundant = r.indexrelid
      LEFT JOIN ranked AS k ON k.indexrelid = s.kept
$$;

COMMENT ON FUNCTION domainflow._user_indexes() IS 'Indexes that advice is about: size, scans, what makes them needless, whether a foreign key needs them.';
REVOKE ALL ON FUNCTION domainflow._user_indexes() FROM PUBLIC;
