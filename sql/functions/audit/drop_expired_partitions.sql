-- Drops the monthly partitions whose last moment is older than the retention in partition_policy. A row for each partition that it
-- dropped, and for each table or partition that it had to leave, with the reason in outcome.
--
-- Tables without a policy keep everything; set_retention() makes one. The current month and newer ones stay, and so does everything
-- younger than the floor (a month, three months for audit_log). At most p_limit partitions of a table go in one call, the oldest first;
-- more than 12 need p_confirm. When the clock has jumped (the last call was more than 45 days ago, or before the first call no row is
-- younger) nothing goes without p_confirm. So leave p_confirm out of what runs by itself. Each drop is recorded in retention_drop first.
-- What cannot be done for one table or partition stops nothing else: a policy without a table, a partition that a view needs, one that
-- is busy for longer than 500 ms. Works under a pinned xmin horizon, where DELETE and VACUUM would free nothing. Above READ COMMITTED a
-- concurrent call may end it with 40001. Readers and writers of a table wait from its first drop until the caller commits.
-- Any number of callers may run it at once. SECURITY DEFINER, because only a table's owner may drop partitions.
-- Proof: Scenarios/audit/retention.spec, Tests/SQL/audit/partition.sql, Tests/SQL/audit/retention.sql
CREATE FUNCTION domainflow.drop_expired_partitions(p_limit integer DEFAULT 3, p_confirm boolean DEFAULT false)
RETURNS TABLE (table_name text, partition_name text, rows_dropped bigint, outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '500ms'
AS $$
#variable_conflict use_column
DECLARE
    v_policy record;
    v_partition record;
    v_now timestamp with time zone;
    v_kept_from timestamp with time zone;
    v_doubt text;
    v_dropped integer;
    v_left integer;
BEGIN
    IF p_limit IS NULL OR p_limit NOT BETWEEN 1 AND 1200 OR p_confirm IS NULL OR (p_limit > 12 AND NOT p_confirm) THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN p_limit IS NULL OR p_confirm IS NULL THEN 'DF202' ELSE 'DF204' END,
            MESSAGE = 'limit is between 1 and 1200, and above 12 it must be confirmed',
            DETAIL = format('limit: %s, confirm: %s', p_limit, p_confirm),
            HINT = 'Without arguments at most 3 months of a table go in one call; p_confirm => true permits more.';
    END IF;
    FOR v_policy IN
        SELECT p.table_name, p.retention, t.parent, t.time_column, COALESCE(t.is_ours, false) AS is_ours
          FROM domainflow.partition_policy AS p
          LEFT JOIN domainflow._monthly_tables() AS t ON t.table_name = p.table_name
         ORDER BY p.table_name
    LOOP
        table_name := domainflow._shown(v_policy.table_name);
        partition_name := NULL;
        rows_dropped := NULL;
        IF NOT v_policy.is_ours THEN
            outcome := CASE WHEN v_policy.parent IS NULL THEN 'left: no table of that name is partitioned by month'
                            ELSE 'left: the table does not belong to the owner of schema domainflow' END;
            RETURN NEXT;
            CONTINUE;
        END IF;
        BEGIN
            PERFORM domainflow._lock_for_maintenance(v_policy.parent);
            -- After the wait, and from the row as it is now.
            v_now := clock_timestamp();
            SELECT p.retention, domainflow._kept_from(p.table_name, p.retention, v_now), domainflow._clock_doubt(p.checked_at, v_now)
              INTO v_policy.retention, v_kept_from, v_doubt
              FROM domainflow.partition_policy AS p
             WHERE p.table_name = v_policy.table_name
               FOR UPDATE OF p;
            CONTINUE WHEN NOT FOUND;
            IF v_kept_from IS NULL THEN
                outcome := format('left: a retention of %s is below the floor of %s; see set_retention()', v_policy.retention,
                                  domainflow._retention_floor(v_policy.table_name));
                RETURN NEXT;
                CONTINUE;
            ELSIF v_doubt IS NOT NULL AND NOT p_confirm THEN
                outcome := format('stopped: %s; if the clock is right, call it once with p_confirm => true', v_doubt);
                RETURN NEXT;
                CONTINUE;
            END IF;
            UPDATE domainflow.partition_policy AS p SET checked_at = v_now WHERE p.table_name = v_policy.table_name;
        EXCEPTION
            WHEN serialization_failure OR deadlock_detected THEN
                RAISE;
            WHEN OTHERS THEN
                outcome := 'left: ' || domainflow._shown(SQLERRM);
                RETURN NEXT;
                CONTINUE;
        END;

        v_dropped := 0;
        v_left := 0;
        FOR v_partition IN
            SELECT m.partition, m.partition_name, m.range_from, m.range_to
              FROM domainflow._month_partitions(v_policy.parent) AS m
             WHERE m.range_to <= v_kept_from
               AND m.range_to <= date_trunc('month', v_now AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
             ORDER BY m.range_from
        LOOP
            IF v_dropped >= p_limit THEN
                v_left := v_left + 1;
                CONTINUE;
            END IF;
            partition_name := v_partition.partition_name;
            rows_dropped := NULL;
            BEGIN
                rows_dropped := domainflow._drop_partition(
                    v_policy.parent, v_partition.partition, v_policy.time_column, v_partition.range_from, v_partition.range_to,
                    v_policy.retention, v_kept_from);
                outcome := 'dropped';
                v_dropped := v_dropped + 1;
                RETURN NEXT;
            EXCEPTION
                WHEN serialization_failure OR deadlock_detected THEN
                    RAISE;
                WHEN lock_not_available THEN
                    outcome := 'left: ' || domainflow._shown(SQLERRM);
                    RETURN NEXT;
                    -- The others of this table would wait for the same.
                    EXIT;
                WHEN OTHERS THEN
                    outcome := 'left: ' || domainflow._shown(SQLERRM);
                    RETURN NEXT;
            END;
        END LOOP;
        IF v_left > 0 THEN
            partition_name := NULL;
            rows_dropped := NULL;
            outcome := format('left: %s more for the next call, since limit is %s', v_left, p_limit);
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION domainflow.drop_expired_partitions(integer, boolean)
IS 'Drops monthly partitions older than their retention, records each first, and says what it dropped or left.';
REVOKE ALL ON FUNCTION domainflow.drop_expired_partitions(integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.drop_expired_partitions(integer, boolean) TO domainflow_admin;
