-- Name of the partition of one month, in schema domainflow: audit_log_2026_01.
CREATE OR REPLACE FUNCTION domainflow._partition_name(p_parent regclass, p_month timestamp without time zone)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.relname || to_char(p_month, '_YYYY_MM')
      FROM pg_class AS c
     WHERE c.oid = p_parent
$$;

COMMENT ON FUNCTION domainflow._partition_name(regclass, timestamp without time zone)
IS 'Name of the partition of one month.';
REVOKE ALL ON FUNCTION domainflow._partition_name(regclass, timestamp without time zone) FROM PUBLIC;
