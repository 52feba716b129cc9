-- Computes each stored node again from what is below it: how many there are, and the first block of 1,024 leaves under
-- one that differs.
CREATE OR REPLACE FUNCTION domainflow._compare_nodes()
RETURNS TABLE (nodes bigint, block bigint)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET parallel_setup_cost = 0
SET parallel_tuple_cost = 0
SET min_parallel_table_scan_size = 0
SET jit = off
AS $$
BEGIN
    RETURN QUERY
    SELECT count(*), min(n.position * (1024::numeric ^ (n.level - 1))::bigint) FILTER (
               WHERE n.hash <> domainflow._merkle_fold(
                   domainflow._merkle_children(n.level - 1, n.position * 1024, (n.position + 1) * 1024)))
      FROM domainflow.audit_node AS n;
END
$$;

COMMENT ON FUNCTION domainflow._compare_nodes() IS 'Computes each stored node of the audit tree again.';
REVOKE ALL ON FUNCTION domainflow._compare_nodes() FROM PUBLIC;
