-- The 20 worst recorded statements of the last day above p_slow_ms, with the call that shows their plan.
--
-- The text is data: it stands in the evidence, without control characters, and never in the statement to run, which names the
-- fingerprint. Recorded fingerprints of 0.3.5 may be anything; only what looks like one is printed there.
CREATE OR REPLACE FUNCTION domainflow._advise_slow_queries(p_slow_ms double precision)
RETURNS TABLE (kind text, object text, severity text, evidence jsonb, reason text, statement text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'slow_query', domainflow._shown(s.fingerprint),
           CASE WHEN s.p95_ms >= 10 * p_slow_ms THEN 'high' WHEN s.p95_ms >= p_slow_ms THEN 'medium' ELSE 'low' END,
           jsonb_build_object('calls', s.calls, 'total_ms', s.total_ms, 'mean_ms', s.mean_ms, 'p95_ms', s.p95_ms,
                              'max_ms', s.max_ms, 'last_seen', s.last_seen, 'query', domainflow._shown(s.query, 4000)),
           format('%s recorded executions took %s ms together, the longest %s ms. Its plan is taken as the login that recorded it.',
                  s.calls, round(s.total_ms::numeric, 1), round(s.max_ms::numeric, 1)),
           CASE WHEN s.fingerprint ~ '^[0-9a-f]{16}$' THEN format('SELECT * FROM domainflow.explain_query(%L);', s.fingerprint) END
      FROM domainflow.get_slow_queries(p_slow_ms) AS s
$$;

COMMENT ON FUNCTION domainflow._advise_slow_queries(double precision) IS 'Advice on slow recorded statements.';
REVOKE ALL ON FUNCTION domainflow._advise_slow_queries(double precision) FROM PUBLIC, domainflow_reader;
