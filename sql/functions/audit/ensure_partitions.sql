-- Makes sure that this month and the next p_months_ahead have their partition in every table that is partitioned by month:
-- audit_log, transaction_metric, query_performance_metrics, database_performance_metrics, entity_event, job_archive. Months are
-- UTC. Returns a row for each partition it created, and for each table it had to leave for the next call; with nothing to do it
-- returns no row and blocks no one.
--
-- Rows that fell into the default partition (of these months or earlier ones) move into the new partitions in this transaction.
-- Any number of callers may run it at once. A table that is busy for longer than 500 ms, or whose months overlap partitions made
-- by hand, or that does not belong to the owner of the schema, is left out and does not delay the others. 500 ms is half of deadlock_timeout, so against a writer that holds one
-- table and wants another this call gives way. Inside an extension script it does nothing: partitions are never members.
-- Above READ COMMITTED a table with rows that the caller's snapshot does not see is left out.
-- SECURITY DEFINER, because only a table's owner may add partitions.
-- Proof: Scenarios/audit/decision.spec, Scenarios/audit/retention.spec, Tests/SQL/audit/partition.sql
CREATE OR REPLACE FUNCTION domainflow.ensure_partitions(p_months_ahead integer DEFAULT 2)
RETURNS TABLE (table_name text, partition_name text, rows_moved bigint, outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '500ms'
AS $$
#variable_conflict use_column
DECLARE
    v_table record;
BEGIN
    IF p_months_ahead IS NULL OR p_months_ahead NOT BETWEEN 0 AND 120 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'months_ahead is between 0 and 120',
            DETAIL = format('months_ahead: %s', p_months_ahead),
            HINT = 'Two months ahead are enough when it runs once a day.';
    END IF;
    IF domainflow._in_extension_script() THEN
        RETURN;
    END IF;
    FOR v_table IN
        SELECT t.table_name, t.parent, t.default_partition, t.time_column, t.is_ours FROM domainflow._monthly_tables() AS t
    LOOP
        IF NOT v_table.is_ours THEN
            RETURN QUERY
            SELECT v_table.table_name, NULL::text, NULL::bigint, 'left: the table does not belong to the owner of schema domainflow'::text;
            CONTINUE;
        END IF;
        BEGIN
            RETURN QUERY
            SELECT v_table.table_name, p.partition_name, p.rows_moved, 'created'::text
              FROM domainflow._add_month_partitions(
                       v_table.parent, v_table.default_partition, v_table.time_column, p_months_ahead) AS p;
        EXCEPTION
            WHEN serialization_failure OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                RETURN QUERY SELECT v_table.table_name, NULL::text, NULL::bigint, 'left: ' || domainflow._shown(SQLERRM);
        END;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.ensure_partitions(integer)
IS 'Creates the monthly partitions that are missing and fills them from the default partitions. Run it daily.';
REVOKE ALL ON FUNCTION domainflow.ensure_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.ensure_partitions(integer) TO domainflow_admin, domainflow_owner;
