-- The key column of a table, its type and the operator that compares it, as text for generated statements.
--
-- p_key null: the primary key. A key of several columns gets DF405, a column without its own valid unique index DF201.
-- The operator is taken from the index, because types such as citext bring their own equality.
CREATE OR REPLACE FUNCTION domainflow._entity_key(
    p_table regclass,
    p_key text,
    OUT key_column name,
    OUT key_type text,
    OUT equals text
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_columns smallint;
BEGIN
    IF p_key IS NULL THEN
        SELECT i.indnkeyatts INTO v_columns FROM pg_index AS i WHERE i.indrelid = p_table AND i.indisprimary;
        IF v_columns IS DISTINCT FROM 1 THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF405',
                MESSAGE = format('table %s has no primary key of one column', p_table),
                DETAIL = format('columns in the primary key: %s', COALESCE(v_columns, 0)),
                HINT = 'Add a unique column, for example id uuid DEFAULT gen_random_uuid() UNIQUE, and name it as p_key.';
        END IF;
    END IF;

    SELECT a.attname, format_type(a.atttypid, -1), format('OPERATOR(%I.%s)', n.nspname, o.oprname)
      INTO key_column, key_type, equals
      FROM pg_index AS i
      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      JOIN pg_opclass AS c ON c.oid = i.indclass[0]
      JOIN pg_amop AS m
        ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3
       AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
      JOIN pg_operator AS o ON o.oid = m.amopopr
      JOIN pg_namespace AS n ON n.oid = o.oprnamespace
     WHERE i.indrelid = p_table AND i.indisunique AND i.indimmediate AND i.indisvalid
       AND i.indnkeyatts = 1 AND i.indpred IS NULL AND i.indexprs IS NULL
       AND CASE WHEN p_key IS NULL THEN i.indisprimary ELSE a.attname::text = p_key END
     LIMIT 1;
    IF key_column IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('column %s of table %s is not a key', quote_literal(p_key), p_table),
            DETAIL = 'A key needs a valid unique index on that column alone: not partial, not deferrable.',
            HINT = 'Name the primary key, or create such a unique index.';
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._entity_key(regclass, text) IS 'Key column of a table, its type and its equality operator.';
REVOKE ALL ON FUNCTION domainflow._entity_key(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_key(regclass, text) TO domainflow_owner;
