-- Every foreign key of the tables that advice is about, once for each index that can find its referencing rows; once with a
-- null index when there is none.
--
-- Such an index is valid, has no predicate, is a B-tree, and the key's columns are its first ones, in any order. A hash index
-- serves a single column.
CREATE OR REPLACE FUNCTION domainflow._foreign_key_indexes()
RETURNS TABLE (foreign_key oid, relation oid, index oid)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT k.oid, k.conrelid, i.indexrelid
      FROM domainflow._user_tables() AS t
      JOIN pg_constraint AS k ON k.conrelid = t.relation
      LEFT JOIN (pg_index AS i
                 JOIN pg_class AS x ON x.oid = i.indexrelid
                 JOIN pg_am AS m ON m.oid = x.relam)
        ON i.indrelid = k.conrelid
       AND i.indisvalid AND i.indpred IS NULL
       AND (m.amname = 'btree' OR (m.amname = 'hash' AND cardinality(k.conkey) = 1))
       AND i.indnkeyatts >= cardinality(k.conkey)
       AND (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
     WHERE k.contype = 'f'
       -- The partitions of a partitioned table have copies of its keys; they follow from the parent's.
       AND k.conparentid = 0
$$;

COMMENT ON FUNCTION domainflow._foreign_key_indexes() IS 'Foreign keys and the indexes that serve them on the referencing side.';
REVOKE ALL ON FUNCTION domainflow._foreign_key_indexes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._foreign_key_indexes() TO domainflow_reader;
