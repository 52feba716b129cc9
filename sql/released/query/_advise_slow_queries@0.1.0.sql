-- The 20 worst recorded statements of the last day above p_slow_ms, with the statement that shows their plan.
CREATE OR REPLACE FUNCTION domainflow._advise_slow_queries(p_slow_ms double precision)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'slow_query', s.fingerprint,
           CASE WHEN s.p95_ms >= 10 * p_slow_ms THEN 'high' WHEN s.p95_ms >= p_slow_ms THEN 'medium' ELSE 'low' END,
           jsonb_build_object('calls', s.calls, 'total_ms', s.total_ms, 'mean_ms', s.mean_ms, 'p95_ms', s.p95_ms,
                              'max_ms', s.max_ms, 'last_seen', s.last_seen, 'query', s.query),
           format('%s recorded executions took %s ms together, the longest %s ms.', s.calls, round(s.total_ms::numeric, 1),
                  round(s.max_ms::numeric, 1)),
           domainflow._explain_statement(s.query, s.fingerprint)
      FROM domainflow.get_slow_queries(p_slow_ms) AS s
$$;

COMMENT ON FUNCTION domainflow._advise_slow_queries(double precision) IS 'Advice on slow recorded statements.';
REVOKE ALL ON FUNCTION domainflow._advise_slow_queries(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow._advise_slow_queries(double precision) TO domainflow_reader;
