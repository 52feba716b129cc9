-- The columns that identify a row of a table: its primary key, or what p_key names.
--
-- p_key is a column with a unique index of its own, else the name of a unique index or constraint. DF405 for a table without a
-- primary key, DF201 for anything that does not make rows unique: partial, deferrable, invalid, or over expressions;
-- and for a column whose type has no array type, as arrays have none.
CREATE OR REPLACE FUNCTION domainflow._entity_key(p_table regclass, p_key text)
RETURNS name[]
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_columns name[];
    v_array record;
BEGIN
    SELECT array_agg(a.attname ORDER BY k.place) INTO v_columns
      FROM (SELECT i.indexrelid, i.indrelid, i.indkey, i.indnkeyatts
              FROM pg_index AS i
              JOIN pg_class AS c ON c.oid = i.indexrelid
              LEFT JOIN pg_attribute AS f ON f.attrelid = i.indrelid AND f.attnum = i.indkey[0]
             WHERE i.indrelid = p_table AND i.indisunique AND i.indimmediate AND i.indisvalid
               AND i.indpred IS NULL AND i.indexprs IS NULL
               AND CASE WHEN p_key IS NULL THEN i.indisprimary
                        ELSE (i.indnkeyatts = 1 AND f.attname::text = p_key) OR c.relname::text = p_key END
             ORDER BY i.indnkeyatts = 1 AND f.attname::text = p_key DESC
             LIMIT 1) AS i
     CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (number, place)
      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
     WHERE k.place <= i.indnkeyatts;
    SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type INTO v_array
      FROM pg_attribute AS a
      JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE a.attrelid = p_table AND a.attname = ANY (v_columns) AND t.typarray = 0;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('key column %I of table %s has a type of which there are no arrays', v_array.attname, p_table),
            DETAIL = format('type: %s', v_array.type),
            HINT = 'The batch form takes an array of ids. Make the column a domain over that type, or name another unique column as p_key.';
    ELSIF v_columns IS NOT NULL THEN
        RETURN v_columns;
    ELSIF p_key IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF405',
            MESSAGE = format('table %s has no primary key', p_table),
            DETAIL = 'A row is found by its key; without one, an update could reach several rows.',
            HINT = 'Add a primary key, or name a unique column or index as p_key.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'DF201',
        MESSAGE = format('%s is not a key of table %s', quote_literal(domainflow._shown(p_key)), p_table),
        DETAIL = 'A key needs a valid unique index on its columns: not partial, not deferrable, not over expressions.',
        HINT = 'Name the primary key, or create such a unique index.';
END
$$;

COMMENT ON FUNCTION domainflow._entity_key(regclass, text) IS 'The columns that identify a row of a table.';
REVOKE ALL ON FUNCTION domainflow._entity_key(regclass, text) FROM PUBLIC;
