-- A hash of what the trigger function of an audited table depends on: number, name and type of each column, the primary
-- key, whether it is partitioned.
CREATE OR REPLACE FUNCTION domainflow._audit_shape(p_table regclass)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT md5(concat_ws(' ', c.relkind, c.relnatts, (SELECT i.indkey::text FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary),
                         (SELECT jsonb_agg(jsonb_build_array(a.attnum, a.attname, a.atttypid) ORDER BY a.attnum)
                            FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
      FROM pg_class AS c
     WHERE c.oid = p_table
$$;

COMMENT ON FUNCTION domainflow._audit_shape(regclass)
IS 'Hash of what the trigger function of an audited table depends on.';
REVOKE ALL ON FUNCTION domainflow._audit_shape(regclass) FROM PUBLIC;
