-- Drops the monthly partitions whose last moment is older than the retention in partition_policy, and returns their names.
--
-- Tables without a policy keep everything. Rows in a default partition are not touched: ensure_partitions moves them first.
-- Readers and writers of a table wait while its partition is dropped; a table busy for longer than 500 ms ends the call with 55P03
-- and nothing is dropped. Works under a pinned xmin horizon, where DELETE and VACUUM would free nothing.
-- SECURITY DEFINER, because only a table's owner may drop partitions.
CREATE OR REPLACE FUNCTION domainflow.drop_expired_partitions()
RETURNS TABLE (table_name text, partition_name text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '500ms'
AS $$
#variable_conflict use_column
DECLARE
    v_policy record;
BEGIN
    FOR v_policy IN
        SELECT p.table_name, t.parent,
               date_trunc('month', (clock_timestamp() - p.retention) AT TIME ZONE 'UTC') AS first_kept_month
          FROM domainflow.partition_policy AS p
          LEFT JOIN domainflow._monthly_tables() AS t ON t.table_name = p.table_name
         ORDER BY p.table_name
    LOOP
        IF v_policy.parent IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'DF301',
                MESSAGE = format('partition_policy names %s, which is not partitioned by month', v_policy.table_name),
                DETAIL = format('table_name: %s', v_policy.table_name),
                HINT = 'Correct or delete that row of domainflow.partition_policy.';
        END IF;
        -- See _add_month_partitions: one maintainer of a table at a time.
        PERFORM pg_advisory_xact_lock('domainflow.partition_policy'::regclass::oid::integer, v_policy.parent::oid::integer);
        FOR partition_name IN
            SELECT c.relname::text
              FROM pg_inherits AS i
              JOIN pg_class AS c ON c.oid = i.inhrelid
             WHERE i.inhparent = v_policy.parent
               AND c.relname ~ ('^' || v_policy.table_name || '_\d{4}_\d{2}$')
               AND to_date(right(c.relname, 7), 'YYYY_MM') < v_policy.first_kept_month
             ORDER BY c.relname
        LOOP
            EXECUTE format('DROP TABLE domainflow.%I', partition_name);
            table_name := v_policy.table_name;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.drop_expired_partitions()
IS 'Drops monthly partitions older than their retention in partition_policy; returns what it dropped.';
REVOKE ALL ON FUNCTION domainflow.drop_expired_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.drop_expired_partitions() TO domainflow_admin;
