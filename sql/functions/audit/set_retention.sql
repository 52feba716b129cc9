-- Sets how long the rows of a monthly table are kept; returns the moment before which they may go today. Null keeps everything.
--
-- Nothing is dropped here: drop_expired_partitions() does that. DF301 for a table that is not partitioned by month, DF204 for less than
-- a month (audit_log: three months), counted back from now, so signs that differ gain nothing.
-- Waits up to 5 s for drop_expired_partitions() at work on the table. Above READ COMMITTED it fails with 40001 when the policy was changed
-- or used since the transaction's snapshot.
-- SECURITY DEFINER, because nobody writes partition_policy directly.
-- Proof: Tests/SQL/audit/retention.sql
CREATE OR REPLACE FUNCTION domainflow.set_retention(p_table text, p_retention interval)
RETURNS timestamp with time zone
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '5s'
AS $$
DECLARE
    v_kept_from timestamp with time zone;
BEGIN
    IF p_table IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'a retention needs the name of its table',
            DETAIL = format('retention: %s', p_retention),
            HINT = 'Name a table without its schema: set_retention(''job_archive'', ''1 year'').';
    ELSIF NOT EXISTS (SELECT FROM domainflow._monthly_tables() AS t WHERE t.table_name = p_table AND t.is_ours) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF301',
            MESSAGE = format('%s is no table of DomainFlow that is partitioned by month', quote_literal(domainflow._shown(p_table))),
            DETAIL = format('monthly tables: %s',
                            (SELECT string_agg(t.table_name, ', ' ORDER BY t.table_name) FROM domainflow._monthly_tables() AS t WHERE t.is_ours)),
            HINT = 'Name one of these, without its schema.';
    END IF;
    IF p_retention IS NULL THEN
        DELETE FROM domainflow.partition_policy AS p WHERE p.table_name = p_table;
        RETURN NULL;
    END IF;
    v_kept_from := domainflow._kept_from(p_table, p_retention, clock_timestamp());
    IF v_kept_from IS NULL OR v_kept_from < clock_timestamp() - interval '1001 years' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = format('a retention of %s is out of bounds for %s', p_retention, p_table),
            DETAIL = format('at least: %s, counted back from now', domainflow._retention_floor(p_table)),
            HINT = 'Give a longer one, up to 1000 years; null keeps everything.';
    END IF;
    INSERT INTO domainflow.partition_policy AS p (table_name, retention, set_at, set_by, checked_at)
    VALUES (p_table, p_retention, clock_timestamp(), COALESCE(NULLIF(current_setting('role'), 'none'), session_user::text), NULL)
    ON CONFLICT (table_name) DO UPDATE
       SET retention = EXCLUDED.retention, set_at = EXCLUDED.set_at, set_by = EXCLUDED.set_by;
    RETURN v_kept_from;
END
$$;

COMMENT ON FUNCTION domainflow.set_retention(text, interval)
IS 'Sets how long a monthly table keeps its rows; null keeps everything. Returns the moment before which rows may go.';
REVOKE ALL ON FUNCTION domainflow.set_retention(text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.set_retention(text, interval) TO domainflow_admin;
