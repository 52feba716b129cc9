-- Indexes that another index of the same table makes needless: pairs of the one to drop and the one to keep.
--
-- exact: same columns, expressions, operator classes, collations, order, INCLUDE columns and predicate. Kept is the primary key,
-- then what a foreign key refers to, a constraint, the replica identity, a unique one, the older.
-- prefix: a B-tree that is not unique, whose columns begin another one's. Never to be dropped: what enforces something that the
-- kept one does not, a primary key, what a foreign key refers to, a part of a partitioned index, the replica identity.
CREATE OR REPLACE FUNCTION domainflow._redundant_indexes()
RETURNS TABLE (redundant oid, kept oid, redundancy text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH candidate AS MATERIALIZED (
        SELECT i.indexrelid, i.indrelid, i.indnkeyatts, i.indnatts, i.indisprimary, i.indisunique, i.indimmediate, i.indisreplident,
               x.relam, x.relispartition, m.amname = 'btree' AS is_btree,
               COALESCE(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') AS nulls_not_distinct,
               pg_get_expr(i.indpred, i.indrelid) AS predicate,
               -- One element a column, with all that decides which scans it serves.
               (SELECT array_agg(format('%s %s %s %s', pg_get_indexdef(i.indexrelid, k.n, true), i.indclass[k.n - 1],
                                        i.indcollation[k.n - 1], i.indoption[k.n - 1]) ORDER BY k.n)
                  FROM generate_series(1, i.indnatts) AS k (n)) AS columns,
               EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
                   AS has_constraint,
               EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype = 'f') AS is_referenced
          FROM domainflow._user_tables() AS t
          JOIN pg_index AS i ON i.indrelid = t.relation
          JOIN pg_class AS x ON x.oid = i.indexrelid
          JOIN pg_am AS m ON m.oid = x.relam
         WHERE i.indisvalid AND NOT i.indisexclusion
    )
    SELECT DISTINCT ON (d.indexrelid)
           d.indexrelid, k.indexrelid, CASE WHEN d.columns = k.columns THEN 'exact' ELSE 'prefix' END
      FROM candidate AS d
      JOIN candidate AS k
        ON k.indrelid = d.indrelid AND k.indexrelid <> d.indexrelid AND k.relam = d.relam
       AND k.predicate IS NOT DISTINCT FROM d.predicate
     WHERE NOT d.indisprimary AND NOT d.is_referenced AND NOT d.indisreplident AND NOT d.relispartition
       AND (NOT d.indisunique
            OR (k.indisunique AND k.indimmediate AND k.nulls_not_distinct = d.nulls_not_distinct))
       AND ((d.columns = k.columns AND d.indnkeyatts = k.indnkeyatts
             AND (k.indisprimary, k.is_referenced, k.has_constraint, k.indisreplident, k.indisunique, -k.indexrelid::bigint)
               > (d.indisprimary, d.is_referenced, d.has_constraint, d.indisreplident, d.indisunique, -d.indexrelid::bigint))
            OR (d.is_btree AND NOT d.indisunique AND d.indnatts = d.indnkeyatts AND d.indnkeyatts < k.indnkeyatts
                AND d.columns = k.columns[1:d.indnkeyatts]))
     ORDER BY d.indexrelid, d.columns = k.columns DESC, k.indisprimary DESC, k.is_referenced DESC, k.has_constraint DESC,
              k.indisreplident DESC, k.indisunique DESC, k.indnatts, k.indexrelid
$$;

COMMENT ON FUNCTION domainflow._redundant_indexes() IS 'Indexes that another index makes needless, with the one to keep.';
REVOKE ALL ON FUNCTION domainflow._redundant_indexes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._redundant_indexes() TO domainflow_reader;
