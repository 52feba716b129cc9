-- Large tables that are read mostly by scanning them from end to end.
--
-- At least 10 scans, and ten times as many rows read by them as fetched through indexes. The counters do not say which
-- statements did it, so the statement to run lists the recorded ones that name the table; their WHERE clauses name the index.
CREATE OR REPLACE FUNCTION domainflow._advise_sequential_scans(p_min_table_bytes bigint, p_since timestamp with time zone)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET jit = 'off'
AS $$
    SELECT 'sequential_scan', domainflow._shown(t.name, 400),
           CASE WHEN t.bytes >= 100 * p_min_table_bytes THEN 'high' WHEN t.bytes >= 10 * p_min_table_bytes THEN 'medium'
                ELSE 'low' END,
           jsonb_build_object(
               'seq_scan', t.seq_scan, 'seq_tup_read', t.seq_tup_read, 'idx_scan', t.idx_scan,
               'idx_tup_fetch', t.idx_tup_fetch, 'table_bytes', t.bytes, 'estimated_rows', t.estimated_rows,
               'statistics_since', p_since),
           format('%s sequential scans read %s rows of a table of %s, indexes fetched %s.', t.seq_scan, t.seq_tup_read,
                  pg_size_pretty(t.bytes), t.idx_tup_fetch),
           domainflow._printable_statement(format(
               'SELECT fingerprint, count(*) AS calls, sum(duration_ms) AS total_ms, max(query) AS query '
               'FROM domainflow.query_performance_metrics WHERE query ~* %L GROUP BY fingerprint ORDER BY total_ms DESC LIMIT 10;',
               $re$\m$re$ || regexp_replace(c.relname::text, $re$(\W)$re$, $re$\\\1$re$, 'g') || $re$\M$re$))
      FROM domainflow._user_tables() AS t
      JOIN pg_class AS c ON c.oid = t.relation
     WHERE t.bytes >= p_min_table_bytes
       AND t.seq_scan >= 10
       AND t.seq_tup_read >= 10 * t.idx_tup_fetch
       AND t.seq_tup_read >= 10 * t.estimated_rows
$$;

COMMENT ON FUNCTION domainflow._advise_sequential_scans IS 'Advice on large tables that are read from end to end.';
REVOKE ALL ON FUNCTION domainflow._advise_sequential_scans FROM PUBLIC, domainflow_reader;
