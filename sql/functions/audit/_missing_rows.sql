-- Leaves whose row is gone: how many, and the first that no drop of a partition accounts for.
CREATE OR REPLACE FUNCTION domainflow._missing_rows()
RETURNS TABLE (missing bigint, removed bigint)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET parallel_setup_cost = 0
SET parallel_tuple_cost = 0
SET min_parallel_table_scan_size = 0
SET work_mem = '64MB'
SET jit = off
AS $$
BEGIN
    RETURN QUERY
    SELECT count(*), min(l.leaf_index) FILTER (WHERE NOT EXISTS (
               SELECT FROM domainflow.retention_drop AS d
                WHERE d.table_name = 'audit_log' AND l.decided_at >= d.range_from AND l.decided_at < d.range_to))
      FROM domainflow.audit_leaf AS l
     WHERE NOT EXISTS (SELECT FROM domainflow.audit_log AS a WHERE a.id = l.id);
END
$$;

COMMENT ON FUNCTION domainflow._missing_rows() IS 'Leaves of the audit tree whose row is gone.';
REVOKE ALL ON FUNCTION domainflow._missing_rows() FROM PUBLIC;
