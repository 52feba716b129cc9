-- Everything that was written under a correlation id, in all rooms, in order of time; rows of one moment by transaction
-- and table. Rows without a time of their own (generated domains) come last.
--
-- Asks every table of schema domainflow that has a correlation id, found in the catalog, so a new room needs no entry:
-- decisions, changes of rows, events of entities and states, jobs, campaigns, metrics. At most p_limit rows of each
-- table and in all (DF204 above 100000), the oldest first. The read is recorded, with p_purpose. SECURITY DEFINER,
-- because auditors have no rights on the tables of other rooms.
-- Proof: Tests/SQL/audit/reads.sql
CREATE OR REPLACE FUNCTION domainflow.trail(p_correlation_id text, p_limit integer DEFAULT 1000, p_purpose text DEFAULT NULL)
RETURNS TABLE (happened_at timestamp with time zone, transaction_id xid8, table_name text, detail jsonb)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
-- Every part of the statement is quoted by format(). @plpgsql_check_options: security_warnings = off, extra_warnings = off
DECLARE
    v_query text;
BEGIN
    IF COALESCE(p_correlation_id, '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'a trail needs a correlation id',
            DETAIL = format('correlation id: %s', quote_nullable(p_correlation_id)),
            HINT = 'It is what the application sets as domainflow.correlation_id, for one request for instance.';
    END IF;
    PERFORM domainflow._check_audit_window(1, p_limit);
    PERFORM domainflow._record_audit_read('trail', p_purpose, jsonb_build_object(
        'correlation_id', left(p_correlation_id, 200), 'limit', p_limit));
    SELECT string_agg(format('(SELECT %s, %s, %L::text, to_jsonb(r) FROM %s AS r WHERE r.correlation_id = $1 ORDER BY 1 LIMIT $2)',
                             CASE WHEN t.time_column IS NULL THEN 'NULL::timestamptz' ELSE format('r.%I', t.time_column) END,
                             CASE WHEN t.has_transaction THEN 'r.transaction_id' ELSE 'NULL::xid8' END, t.table_name,
                             t.relation), ' UNION ALL ')
      INTO v_query
      FROM domainflow._correlated_tables() AS t;
    RETURN QUERY EXECUTE v_query || ' ORDER BY 1 NULLS LAST, 2, 3 LIMIT $2' USING p_correlation_id, p_limit;
END
$$;

COMMENT ON FUNCTION domainflow.trail(text, integer, text)
IS 'Everything that was written under a correlation id, in all rooms, in order.';
REVOKE ALL ON FUNCTION domainflow.trail(text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.trail(text, integer, text) TO domainflow_auditor;
