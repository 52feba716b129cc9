-- Compares each row of audit_log with its leaf: rows with a leaf, rows without, whether one of these should have one,
-- the first that differs.
--
-- RETURN QUERY, because SELECT INTO uses no parallel workers; the settings let it have those that the server allows.
CREATE OR REPLACE FUNCTION domainflow._compare_leaves(p_snapshot pg_snapshot)
RETURNS TABLE (checked bigint, unsealed bigint, is_uncovered boolean, changed bigint)
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
    SELECT count(l.id), count(*) - count(l.id), bool_or(l.id IS NULL AND pg_visible_in_snapshot(a.transaction_id, p_snapshot)),
           min(l.leaf_index) FILTER (
               WHERE l.leaf_hash <> domainflow._audit_leaf_hash(l.leaf_index, sha256(domainflow._audit_row_bytes(
                         a, l.version, COALESCE(e.values_hash, sha256(domainflow._audit_values(a, l.version))))))
                  -- What was erased may have no other values. A join and not a sub-select, which would keep the workers from hashing.
                  OR (e.id IS NOT NULL
                      AND (a.user_id <> 'erased' OR a.resource_id IS NOT NULL OR a.context <> '{}' OR a.request_context <> '{}'
                           OR a.correlation_id IS NOT NULL OR a.application_name <> '' OR a.given_facts IS NOT NULL)))
      FROM domainflow.audit_log AS a
      LEFT JOIN domainflow.audit_leaf AS l ON l.id = a.id
      LEFT JOIN domainflow.audit_erasure AS e ON e.id = a.id;
END
$$;

COMMENT ON FUNCTION domainflow._compare_leaves(pg_snapshot) IS 'Compares each row of the audit log with its leaf.';
REVOKE ALL ON FUNCTION domainflow._compare_leaves(pg_snapshot) FROM PUBLIC;
