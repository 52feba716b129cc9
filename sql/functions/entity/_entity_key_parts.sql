-- Each column of a key with what generated statements need: type, equality operator, arguments, and its text.
--
-- The operator is taken from the index, because types such as citext bring their own equality. The text is what events and messages call
-- the row by, so it does not depend on settings: times in UTC and ISO form, bytes in hex.
-- Arguments are called p_entity_id and p_entity_ids, and with several columns p_<column> and p_<column>s; where such a name is too long
-- or taken, p_entity_id_<place>.
CREATE OR REPLACE FUNCTION domainflow._entity_key_parts(p_table regclass, p_columns name[])
RETURNS TABLE (
    place bigint,
    key_column name,
    key_type text,
    shown_type text,
    equals text,
    argument text,
    arguments text,
    as_text text
)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE key AS (
        SELECT k.place, a.attname, a.attnum, a.atttypid,
               cardinality(p_columns) > 1 AS several,
               bool_or(octet_length(k.name) > 60 OR k.name IN ('expected_version', 'expected_version' || 's', 'new_data', 'operation_context'))
                   OVER () AS taken
          FROM unnest(p_columns) WITH ORDINALITY AS k (name, place)
          JOIN pg_attribute AS a ON a.attrelid = p_table AND a.attname = k.name AND NOT a.attisdropped
    ), base AS (
        SELECT k.place, k.atttypid AS typid FROM key AS k
        UNION ALL
        SELECT b.place, t.typbasetype FROM base AS b JOIN pg_type AS t ON t.oid = b.typid WHERE t.typtype = 'd'
    ), named AS (
        SELECT k.*,
               CASE WHEN NOT k.several THEN 'p_entity_id' WHEN k.taken THEN 'p_entity_id_' || k.place ELSE 'p_' || k.attname END AS name
          FROM key AS k
    )
    SELECT n.place, n.attname, domainflow._type_name(n.atttypid), format_type(n.atttypid, -1), e.equals,
           quote_ident(n.name), quote_ident(n.name || 's'),
           format(CASE b.typid
                      WHEN 'timestamptz'::regtype THEN
                          'pg_catalog.replace(pg_catalog.replace('
                          '(pg_catalog.to_json(%1$s AT TIME ZONE ''UTC'') OPERATOR(pg_catalog.#>>) ''{}'') OPERATOR(pg_catalog.||) ''Z'', '
                          '''infinityZ'', ''infinity''), '' BCZ'', ''Z BC'')'
                      WHEN 'timestamp'::regtype THEN '(pg_catalog.to_json(%1$s) OPERATOR(pg_catalog.#>>) ''{}'')'
                      WHEN 'date'::regtype THEN '(pg_catalog.to_json(%1$s) OPERATOR(pg_catalog.#>>) ''{}'')'
                      WHEN 'bytea'::regtype THEN 'pg_catalog.concat(pg_catalog.chr(92), ''x'', pg_catalog.encode(%1$s, ''hex''))'
                      ELSE '%1$s::pg_catalog.text'
                  END, '%1$s')
      FROM named AS n
      JOIN base AS b ON b.place = n.place
      JOIN pg_type AS t ON t.oid = b.typid AND t.typtype <> 'd'
     CROSS JOIN LATERAL (
        SELECT format('OPERATOR(%I.%s)', s.nspname, o.oprname)
          FROM pg_index AS i
         CROSS JOIN LATERAL unnest(i.indkey::smallint[], i.indclass::oid[]) AS k (number, class)
          JOIN pg_opclass AS c ON c.oid = k.class
          JOIN pg_amop AS m
            ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3
           AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
          JOIN pg_operator AS o ON o.oid = m.amopopr
          JOIN pg_namespace AS s ON s.oid = o.oprnamespace
         WHERE i.indrelid = p_table AND i.indisunique AND k.number = n.attnum
         ORDER BY i.indisprimary DESC, i.indexrelid
         LIMIT 1) AS e (equals)
     ORDER BY n.place
$$;

COMMENT ON FUNCTION domainflow._entity_key_parts(regclass, name[]) IS 'Each column of a key: type, equality operator, arguments, text.';
REVOKE ALL ON FUNCTION domainflow._entity_key_parts(regclass, name[]) FROM PUBLIC;
