-- The definition of each table, view, sequence and index of the schema, in a text that is the same on every PostgreSQL version.
--
-- pg_get_viewdef() qualifies the columns of a one-table view before PostgreSQL 16 and not after it, so qualifiers and
-- white space are taken out of a view's text.
CREATE OR REPLACE FUNCTION domainflow._describe_relation()
RETURNS TABLE (objid oid, definition text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
SET standard_conforming_strings = on
SET extra_float_digits = 1
SET bytea_output = 'hex'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET TimeZone = 'UTC'
AS $$
    SELECT c.oid,
           concat_ws(E'\n',
               format('relkind %s, persistence %s, row security %s/%s, replica identity %s',
                      c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relreplident),
               (SELECT 'options ' || string_agg(o.opt, ', ' ORDER BY o.opt COLLATE "C") FROM unnest(c.reloptions) AS o(opt)),
               CASE WHEN c.relkind = 'p' THEN 'partition by ' || pg_get_partkeydef(c.oid) END,
               CASE WHEN c.relkind IN ('v', 'm') THEN
                   regexp_replace(regexp_replace(pg_get_viewdef(c.oid), '\m[a-z_][a-z0-9_$]*\.', '', 'g'), '\s+', ' ', 'g')
               END,
               CASE WHEN c.relkind IN ('i', 'I') THEN
                   (SELECT format('%s, valid %s, primary %s, replica identity %s',
                                  pg_get_indexdef(c.oid), i.indisvalid, i.indisprimary, i.indisreplident)
                      FROM pg_index AS i WHERE i.indexrelid = c.oid)
               END,
               (SELECT format('sequence %s start %s by %s from %s to %s cache %s cycle %s', format_type(s.seqtypid, NULL),
                              s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
                  FROM pg_sequence AS s WHERE s.seqrelid = c.oid))
      FROM pg_class AS c
     WHERE c.relnamespace = to_regnamespace('domainflow')
       AND (NOT c.relispartition OR c.relkind = 'i' OR EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partdefid = c.oid))
$$;

COMMENT ON FUNCTION domainflow._describe_relation() IS 'Definitions of tables, views, sequences and indexes, the same on every PostgreSQL version.';
REVOKE ALL ON FUNCTION domainflow._describe_relation() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._describe_relation()
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
