-- Every foreign key of the tables that advice is about, once for each table or partition that holds referencing rows and each index
-- that finds them there; with a null index where there is none.
--
-- Such an index is valid, a B-tree, and the key's columns are its first ones, in any order; a hash index serves a single column. A partial
-- index serves when all it asks is that columns of the key are not null: the check compares them with =, which implies it. foreign_key is
-- the key of the partitioned table where partitions have copies of it.
CREATE OR REPLACE FUNCTION domainflow._foreign_key_indexes()
RETURNS TABLE (foreign_key oid, relation oid, index oid)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = 'off'
AS $$
    WITH RECURSIVE key AS (
        SELECT k.oid AS root, k.oid, k.conrelid, k.conkey, c.relkind
          FROM pg_constraint AS k
          JOIN pg_class AS c ON c.oid = k.conrelid
          JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE k.contype = 'f'
           AND k.conparentid = 0
           AND NOT c.relispartition
           AND c.relpersistence <> 't'
           AND n.nspname <> ALL ('{information_schema,domainflow,domainflow_generated}')
           AND left(n.nspname::text, 3) <> 'pg_'
        UNION
        SELECT p.root, k.oid, k.conrelid, k.conkey, c.relkind
          FROM key AS p
          JOIN pg_constraint AS k ON k.conparentid = p.oid
          JOIN pg_class AS c ON c.oid = k.conrelid
         WHERE k.contype = 'f'
    ), index AS MATERIALIZED (
        SELECT i.indexrelid, i.indrelid, i.indnkeyatts, i.indkey, m.amname, pg_get_expr(i.indpred, i.indrelid) AS predicate
          FROM pg_index AS i
          JOIN pg_class AS x ON x.oid = i.indexrelid
          JOIN pg_am AS m ON m.oid = x.relam
         WHERE i.indisvalid
           AND m.amname IN ('btree', 'hash')
           AND i.indrelid IN (SELECT k.conrelid FROM key AS k)
    )
    SELECT DISTINCT k.root, k.conrelid, i.indexrelid
      FROM key AS k
      LEFT JOIN index AS i
        ON i.indrelid = k.conrelid
       AND (i.amname = 'btree' OR cardinality(k.conkey) = 1)
       AND i.indnkeyatts >= cardinality(k.conkey)
       AND (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
       AND (i.predicate IS NULL
            OR regexp_replace(
                   i.predicate,
                   (SELECT $re$\((?:$re$ || string_agg(regexp_replace(quote_ident(a.attname), $re$(\W)$re$, $re$\\\1$re$, 'g'), '|')
                           || $re$) IS NOT NULL\)$re$
                      FROM pg_attribute AS a
                     WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)),
                   '', 'g') ~ $re$^(?:\(|\)| AND )*\Z$re$)
     -- Indexes of a partitioned table count where its partitions have their parts of them.
     WHERE k.relkind = 'r' OR i.indexrelid IS NOT NULL
$$;

COMMENT ON FUNCTION domainflow._foreign_key_indexes() IS 'Foreign keys and the indexes that serve them on the referencing side.';
REVOKE ALL ON FUNCTION domainflow._foreign_key_indexes() FROM PUBLIC, domainflow_reader;
