-- The columns of a table that new_data may set, and for each the text that assigns it from a jsonb expression p_data.
--
-- A column that new_data does not name keeps its value; JSON null sets NULL. jsonb is taken as it is, arrays and composite types
-- go through jsonb_populate_record(), every other type through its input function, the same as a literal would. No typmod in the
-- cast: an explicit cast to varchar(n) would cut the value silently, the assignment raises.
CREATE OR REPLACE FUNCTION domainflow._entity_assignments(p_table regclass, p_key name, p_version name, p_data text)
RETURNS TABLE (settable name, assignment text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE base AS (
        SELECT a.attnum, a.attname, a.atttypid AS declared, a.atttypid AS typid
          FROM pg_attribute AS a
         WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped
           AND a.attgenerated = '' AND a.attidentity = '' AND a.attname NOT IN (p_key, p_version)
        UNION ALL
        SELECT b.attnum, b.attname, b.declared, t.typbasetype
          FROM base AS b
          JOIN pg_type AS t ON t.oid = b.typid
         WHERE t.typtype = 'd'
    )
    SELECT b.attname,
           format('%1$I = CASE WHEN %3$s OPERATOR(pg_catalog.?) %2$L THEN %4$s ELSE e.%1$I END', b.attname, b.attname::text, p_data,
               CASE
                   WHEN t.oid IN ('jsonb'::regtype, 'json'::regtype) THEN
                       format('CASE WHEN pg_catalog.jsonb_typeof(%1$s OPERATOR(pg_catalog.->) %2$L) OPERATOR(pg_catalog.<>) ''null'''
                              ' THEN (%1$s OPERATOR(pg_catalog.->) %2$L)::%3$s END',
                              p_data, b.attname::text, format_type(b.declared, -1))
                   WHEN t.typcategory IN ('A', 'C') THEN
                       format('(pg_catalog.jsonb_populate_record(e.*, %s)).%I', p_data, b.attname)
                   ELSE
                       format('(%s OPERATOR(pg_catalog.->>) %L)::%s', p_data, b.attname::text, format_type(b.declared, -1))
               END)
      FROM base AS b
      JOIN pg_type AS t ON t.oid = b.typid
     WHERE t.typtype <> 'd'
     ORDER BY b.attnum
$$;

COMMENT ON FUNCTION domainflow._entity_assignments(regclass, name, name, text)
IS 'Columns that new_data may set, each with its SET expression.';
REVOKE ALL ON FUNCTION domainflow._entity_assignments(regclass, name, name, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._entity_assignments(regclass, name, name, text) TO domainflow_owner;
