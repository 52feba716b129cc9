-- Everything that matters about one table, without its name and the names of what hangs on it: for comparing partitions with each other.
CREATE OR REPLACE FUNCTION domainflow._partition_shape(p_table regclass)
RETURNS text
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
    SELECT concat_ws(E'\n',
        format('schema %s, relkind %s, persistence %s, replica identity %s', c.relnamespace::regnamespace, c.relkind, c.relpersistence, c.relreplident),
        format('owner %s, row security %s/%s, options %s', pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity, c.reloptions),
        (SELECT string_agg(concat_ws(' ', format('column %I %s%s %s', a.attname, format_type(a.atttypid, a.atttypmod),
                                                 CASE WHEN a.attnotnull THEN ' not null' END, pg_get_expr(d.adbin, d.adrelid)),
                                     'grants ' || NULLIF(domainflow._grants(a.attacl, c.relowner), '')), E'\n' ORDER BY a.attname)
           FROM pg_attribute AS a
           LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
        (SELECT string_agg(DISTINCT format('constraint %s valid %s', pg_get_constraintdef(k.oid), k.convalidated), E'\n')
           FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype <> 'n'),
        (SELECT string_agg(DISTINCT format('index %s valid %s', regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX .* USING ', ' USING '),
                                           i.indisvalid), E'\n')
           FROM pg_index AS i WHERE i.indrelid = c.oid),
        (SELECT string_agg(format('trigger %s %s enabled %s', t.tgfoid::regproc, t.tgtype, t.tgenabled), E'\n'
                           ORDER BY t.tgfoid::regproc::text, t.tgtype, t.tgenabled)
           FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
        (SELECT string_agg(format('rule %s', w.rulename), E'\n' ORDER BY w.rulename) FROM pg_rewrite AS w WHERE w.ev_class = c.oid),
        (SELECT string_agg(format('policy %s', p.polname), E'\n' ORDER BY p.polname) FROM pg_policy AS p WHERE p.polrelid = c.oid))
      FROM pg_class AS c
     WHERE c.oid = p_table
$$;

COMMENT ON FUNCTION domainflow._partition_shape(regclass) IS 'What a partition is like, without names.';
REVOKE ALL ON FUNCTION domainflow._partition_shape(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._partition_shape(regclass)
TO domainflow_app, domainflow_reader, domainflow_auditor, domainflow_owner;
