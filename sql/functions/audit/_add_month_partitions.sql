-- Creates the missing monthly partitions of one table and moves the rows of those months out of its default partition.
--
-- With nothing to do it waits for nobody but another maintainer. Otherwise writers and readers of this table wait until the
-- caller commits: a writer that had chosen the default partition before, and went on after, would fail with 23514, because its
-- row now belongs elsewhere.
CREATE OR REPLACE FUNCTION domainflow._add_month_partitions(
    p_parent regclass,
    p_default_partition regclass,
    p_time_column text,
    p_months_ahead integer
)
RETURNS TABLE (partition_name text, rows_moved bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_month timestamp without time zone;
    v_has_rows boolean;
    v_partition regclass;
    v_from text;
    v_to text;
BEGIN
    -- Maintainers of a table queue up here: looking for missing months locks the default partition a little, and two of them that
    -- then want the parent would deadlock.
    PERFORM domainflow._lock_for_maintenance(p_parent);
    IF domainflow._missing_months(p_parent, p_default_partition, p_time_column, p_months_ahead) IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', p_parent);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', p_default_partition);

    -- Detached, the default partition has no append-only row trigger and need not be searched at each ATTACH.
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', p_default_partition) INTO v_has_rows;
    IF v_has_rows THEN
        EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', p_parent, p_default_partition);
    END IF;

    -- Asked again: rows of earlier months may have come in while this call waited for the locks.
    FOREACH v_month IN ARRAY
        COALESCE(domainflow._missing_months(p_parent, p_default_partition, p_time_column, p_months_ahead), '{}')
    LOOP
        partition_name := domainflow._partition_name(p_parent, v_month);
        -- Written out with their offset: they mean the same under every TimeZone and DateStyle.
        v_from := to_char(v_month, 'YYYY-MM-DD') || ' 00:00:00+00';
        v_to := to_char(v_month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00';
        -- Like the default partition, whose indexes the parent need not have; ATTACH uses them where it has some too.
        EXECUTE format('CREATE TABLE domainflow.%I (LIKE %s INCLUDING ALL EXCLUDING IDENTITY EXCLUDING COMMENTS)',
                       partition_name, p_default_partition);
        v_partition := format('domainflow.%I', partition_name)::regclass;
        rows_moved := 0;
        IF v_has_rows THEN
            EXECUTE format(
                'WITH moved AS (DELETE FROM %s AS d WHERE d.%I >= %L AND d.%I < %L RETURNING d.*) '
                'INSERT INTO %s SELECT m.* FROM moved AS m',
                p_default_partition, p_time_column, v_from, p_time_column, v_to, v_partition);
            GET DIAGNOSTICS rows_moved = ROW_COUNT;
        END IF;
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', p_parent, v_partition, v_from, v_to);
        PERFORM domainflow._guard_partition(p_parent, v_partition);
        RETURN NEXT;
    END LOOP;

    IF v_has_rows THEN
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s DEFAULT', p_parent, p_default_partition);
    END IF;
END
$$;

COMMENT ON FUNCTION domainflow._add_month_partitions
IS 'Creates the missing monthly partitions of one table and moves rows of its default partition into them.';
REVOKE ALL ON FUNCTION domainflow._add_month_partitions FROM PUBLIC;
