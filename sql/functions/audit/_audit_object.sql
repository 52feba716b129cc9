-- The expression for a JSON object of columns: their names and values, of p_row, 'OLD' for instance.
--
-- In pieces of 40, because a function takes at most 100 arguments.
CREATE OR REPLACE FUNCTION domainflow._audit_object(p_names name[], p_kinds text[], p_row text)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT COALESCE(string_agg(format('pg_catalog.jsonb_build_object(%s)', p.pairs), ' OPERATOR(pg_catalog.||) ' ORDER BY p.piece), '''{}''::pg_catalog.jsonb')
      FROM (SELECT (c.place - 1) / 40 AS piece,
                   string_agg(format('%L, %s', c.column_name, domainflow._audit_value(c.kind, format('%s.%I', p_row, c.column_name))), ', '
                              ORDER BY c.place) AS pairs
              FROM unnest(p_names, p_kinds) WITH ORDINALITY AS c (column_name, kind, place)
             GROUP BY 1) AS p
$$;

COMMENT ON FUNCTION domainflow._audit_object(name[], text[], text) IS 'Expression for a JSON object of columns.';
REVOKE ALL ON FUNCTION domainflow._audit_object(name[], text[], text) FROM PUBLIC;
