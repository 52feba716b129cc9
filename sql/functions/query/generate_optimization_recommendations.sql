-- What to look at in this database: a row per finding, with its evidence and the statement to run. Changes nothing.
--
-- kind: sequential_scan, missing_foreign_key_index, unused_index, duplicate_index, slow_query. severity: high, medium, low; rows
-- come in that order. Tables below p_min_table_bytes are too small for advice on scans and unused indexes; statistics younger than
-- p_min_statistics_age say nothing about unused ones; recorded statements count from p_slow_ms on. Statistics that were
-- never reset are taken to begin with the server's start, which is on the safe side. A partitioned table is one table with its partitions.
-- No two findings name one index. Recorded text is data: no statement holds any of it, and nothing holds control characters.
-- SECURITY DEFINER, so that only it may call its parts; it reads the catalog and the statistics, and runs nobody's code. JIT
-- is off, because the cost of recursion over the catalog is estimated too high by far.
-- Proof: Tests/SQL/query/advice.sql
CREATE OR REPLACE FUNCTION domainflow.generate_optimization_recommendations(
    p_min_table_bytes bigint DEFAULT 10485760,
    p_min_statistics_age interval DEFAULT '7 days',
    p_slow_ms double precision DEFAULT 100
)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = 'off'
-- Names are printed and compared: the same under every setting.
SET quote_all_identifiers = off
AS $$
#variable_conflict use_column
DECLARE
    v_reset timestamp with time zone;
    v_since timestamp with time zone;
BEGIN
    IF (p_min_table_bytes BETWEEN 0 AND 1000000000000000 AND p_min_statistics_age BETWEEN interval '0' AND interval '100 years'
        AND p_slow_ms >= 0 AND p_slow_ms < 'Infinity'::double precision) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'min_table_bytes, min_statistics_age and slow_ms are 0 or more, and finite',
            DETAIL = format('min_table_bytes: %s, min_statistics_age: %s, slow_ms: %s', p_min_table_bytes, p_min_statistics_age,
                            p_slow_ms),
            HINT = 'Call it without arguments for the defaults.';
    END IF;
    SELECT d.stats_reset INTO v_reset FROM pg_stat_database AS d WHERE d.datname = current_database();
    v_since := COALESCE(v_reset, pg_postmaster_start_time());
    RETURN QUERY
    SELECT a.kind, a.object, a.severity, a.evidence, a.reason, a.statement
      FROM (SELECT s.* FROM domainflow._advise_sequential_scans(p_min_table_bytes, v_since) AS s
            UNION ALL
            SELECT f.* FROM domainflow._advise_foreign_keys() AS f
            UNION ALL
            SELECT x.*
              FROM domainflow._advise_indexes(p_min_table_bytes, p_min_statistics_age, v_since, v_reset IS NOT NULL) AS x
            UNION ALL
            SELECT q.* FROM domainflow._advise_slow_queries(p_slow_ms) AS q) AS a
     ORDER BY array_position(ARRAY['high', 'medium', 'low'], a.severity), a.kind, a.object;
END
$$;

COMMENT ON FUNCTION domainflow.generate_optimization_recommendations
IS 'Advice with evidence and the exact statement: scans, foreign keys, unused and duplicate indexes, slow statements.';
REVOKE ALL ON FUNCTION domainflow.generate_optimization_recommendations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.generate_optimization_recommendations TO domainflow_reader;
