-- hot: entity.update
-- The columns of a table that new_data may set, and for each the expression that reads it from a jsonb expression p_data.
--
-- JSON null sets NULL. jsonb is taken as it is, arrays and composite types go through jsonb_to_record(), every other type through its
-- input function, the same as a literal would. No typmod in the cast: an explicit cast to varchar(n) would cut the value silently, the
-- assignment raises. is_plain: the column is in no unique index and no partition key, so setting it to itself is not noticed.
CREATE OR REPLACE FUNCTION domainflow._entity_assignments(p_table regclass, p_keys name[], p_version name, p_data text)
RETURNS TABLE (settable name, value text, is_plain boolean)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE base AS (
        SELECT a.attnum, a.attname, domainflow._type_name(a.atttypid) AS declared, a.atttypid AS typid
          FROM pg_attribute AS a
         WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped
           AND a.attgenerated = '' AND a.attidentity = '' AND a.attname <> ALL (p_version || p_keys)
        UNION ALL
        SELECT b.attnum, b.attname, b.declared, t.typbasetype
          FROM base AS b
          JOIN pg_type AS t ON t.oid = b.typid
         WHERE t.typtype = 'd'
    )
    SELECT b.attname,
           CASE
               WHEN t.oid IN ('jsonb'::regtype, 'json'::regtype) THEN
                   format('CASE WHEN pg_catalog.jsonb_typeof(%1$s OPERATOR(pg_catalog.->) %2$L) OPERATOR(pg_catalog.<>) ''null'''
                          ' THEN (%1$s OPERATOR(pg_catalog.->) %2$L)::%3$s END', p_data, b.attname::text, b.declared)
               WHEN t.typcategory IN ('A', 'C') THEN
                   format('(SELECT r.%1$I FROM pg_catalog.jsonb_to_record(%2$s) AS r (%1$I %3$s))', b.attname, p_data, b.declared)
               ELSE
                   format('(%s OPERATOR(pg_catalog.->>) %L)::%s', p_data, b.attname::text, b.declared)
           END,
           NOT EXISTS (SELECT FROM pg_index AS i
                        WHERE i.indrelid = p_table AND i.indisunique AND b.attnum = ANY (i.indkey::smallint[]))
           AND NOT EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partrelid = p_table AND b.attnum = ANY (p.partattrs::smallint[]))
      FROM base AS b
      JOIN pg_type AS t ON t.oid = b.typid
     WHERE t.typtype <> 'd'
     ORDER BY b.attnum
$$;

COMMENT ON FUNCTION domainflow._entity_assignments(regclass, name[], name, text)
IS 'Columns that new_data may set, each with the expression that reads it.';
REVOKE ALL ON FUNCTION domainflow._entity_assignments(regclass, name[], name, text) FROM PUBLIC;
