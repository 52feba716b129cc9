-- Records a partition in retention_drop, then drops it; returns the number of its rows.
--
-- The rows are counted under the lock that keeps writers out, so at READ COMMITTED the number is exact. Above it, rows that were
-- committed after the caller's snapshot are missing from the number; isolation_level says so.
CREATE OR REPLACE FUNCTION domainflow._drop_partition(
    p_parent regclass,
    p_partition regclass,
    p_time_column text,
    p_range_from timestamp with time zone,
    p_range_to timestamp with time zone,
    p_retention interval,
    p_kept_from timestamp with time zone
)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
-- Every part of the statements is quoted by format(). @plpgsql_check_options: security_warnings = off, other_warnings = off, performance_warnings = off
DECLARE
    v_rows bigint;
BEGIN
    -- The parent first, like every writer; DROP TABLE would take it last and deadlock with one.
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', p_parent);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', p_partition);
    EXECUTE format(
        'INSERT INTO domainflow.retention_drop (table_name, partition_name, row_count, first_row_at, last_row_at, '
        '       range_from, range_to, bytes, retention, kept_from, isolation_level, session_role, effective_role) '
        'SELECT p.relname, c.relname, count(r.%1$I), min(r.%1$I), max(r.%1$I), $1, $2, pg_total_relation_size(c.oid), $3, $4, $5, $6, $7 '
        '  FROM pg_class AS c JOIN pg_class AS p ON p.oid = $8 LEFT JOIN %2$s AS r ON true '
        ' WHERE c.oid = $9 GROUP BY p.relname, c.relname, c.oid RETURNING row_count', p_time_column, p_partition)
       INTO v_rows
      USING p_range_from, p_range_to, p_retention, p_kept_from, current_setting('transaction_isolation'), session_user::text,
            COALESCE(NULLIF(current_setting('role'), 'none'), session_user::text), p_parent::oid, p_partition::oid;
    EXECUTE format('DROP TABLE %s', p_partition);
    RETURN v_rows;
END
$$;

COMMENT ON FUNCTION domainflow._drop_partition IS 'Records a partition in retention_drop, then drops it; returns the number of its rows.';
REVOKE ALL ON FUNCTION domainflow._drop_partition FROM PUBLIC;
