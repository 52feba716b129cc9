-- The statement that shows the plan of a recorded query without executing it.
--
-- Safe to paste: never ANALYZE, and only for one whole statement that EXPLAIN takes. Parameters get a generic plan: directly
-- from PostgreSQL 16 on, before by preparing it. For anything else (cut off, several statements, CALL): the recorded executions.
CREATE OR REPLACE FUNCTION domainflow._explain_statement(p_query text, p_fingerprint text)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_query text := rtrim(p_query, E' \t\r\n;');
    v_shape text := domainflow.normalize_query(p_query);
    v_parameters integer;
BEGIN
    IF length(p_query) >= 4000 OR v_shape LIKE '%;%' OR v_shape !~ '^\(*(select|with|insert|update|delete|merge|values)\M' THEN
        RETURN format(
            'SELECT * FROM domainflow.query_performance_metrics WHERE fingerprint = %L ORDER BY duration_ms DESC LIMIT 20;',
            p_fingerprint);
    END IF;
    SELECT max(m.number[1]::integer)
      INTO v_parameters
      FROM regexp_matches(v_query, '\$(\d{1,5})\M', 'g') AS m (number);
    IF v_parameters IS NULL THEN
        RETURN format(E'EXPLAIN (VERBOSE)\n%s\n;', v_query);
    ELSIF current_setting('server_version_num')::integer >= 160000 THEN
        RETURN format(E'EXPLAIN (GENERIC_PLAN, VERBOSE)\n%s\n;', v_query);
    END IF;
    RETURN format(
        E'PREPARE domainflow_advice AS\n%s\n;\nBEGIN;\nSET LOCAL plan_cache_mode = force_generic_plan;\n'
        'EXPLAIN (VERBOSE) EXECUTE domainflow_advice (%s);\nCOMMIT;\nDEALLOCATE domainflow_advice;',
        v_query, rtrim(repeat('NULL, ', v_parameters), ', '));
END
$$;

COMMENT ON FUNCTION domainflow._explain_statement(text, text)
IS 'Statement that shows the plan of a recorded query without executing it.';
REVOKE ALL ON FUNCTION domainflow._explain_statement(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._explain_statement(text, text) TO domainflow_reader;
