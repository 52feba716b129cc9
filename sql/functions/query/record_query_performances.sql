-- Batch form of record_query_performance: one element per execution, ids returned in input order.
--
-- All or nothing: a bad element raises with its position and nothing is written. Arrays that are null stand for nulls. At most 1,000
-- elements, texts of 1,000,000 characters, operation names of 200, durations of 1e12 ms: the square of a duration is a number that the mean
-- can add up (DF204). SECURITY DEFINER, so that time, transaction and role are the server's: the application cannot write the table. It only
-- adds rows: at REPEATABLE READ, too, no other writer makes it wait or fail.
-- Proof: Tests/SQL/query/record.sql
CREATE OR REPLACE FUNCTION domainflow.record_query_performances(
    p_queries text [],
    p_durations_ms double precision [],
    p_rows bigint [] DEFAULT NULL,
    p_operation_names text [] DEFAULT NULL,
    p_campaign_ids uuid [] DEFAULT NULL
)
RETURNS SETOF uuid
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_ids uuid[];
    v_bad record;
BEGIN
    IF greatest(cardinality(p_queries), cardinality(p_durations_ms), cardinality(p_rows), cardinality(p_operation_names),
                cardinality(p_campaign_ids)) > 1000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a batch has at most 1000 executions',
            DETAIL = format('queries: %s, durations: %s', cardinality(p_queries), cardinality(p_durations_ms)),
            HINT = 'Record them in several calls.';
    END IF;
    IF p_queries IS NULL OR p_durations_ms IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'queries and durations must not be null',
            DETAIL = format('queries: %s, durations: %s', COALESCE(cardinality(p_queries)::text, 'null'),
                            COALESCE(cardinality(p_durations_ms)::text, 'null')),
            HINT = 'Give arrays of one length; empty ones are allowed.';
    END IF;
    SELECT b.query, b.duration_ms, b.row_count, b.operation_name, b.position
      INTO v_bad
      FROM unnest(p_queries, p_durations_ms, p_rows, p_operation_names, p_campaign_ids)
           WITH ORDINALITY AS b (query, duration_ms, row_count, operation_name, campaign_id, position)
     WHERE (btrim(b.query) <> '' AND b.duration_ms >= 0 AND b.duration_ms <= 1e12 AND COALESCE(b.row_count >= 0, true)
            AND length(b.query) <= 1000000 AND COALESCE(length(b.operation_name) <= 200, true))
           IS NOT TRUE
     ORDER BY b.position
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN btrim(v_bad.query) <> '' AND v_bad.duration_ms IS NOT NULL THEN 'DF204' ELSE 'DF202' END,
            MESSAGE = 'a recorded statement needs its text, a duration of 0 to 1e12 ms, no negative row count and no longer texts',
            DETAIL = format('element %s: query: %s (%s characters), duration_ms: %s, rows: %s, operation name: %s characters', v_bad.position,
                            COALESCE(quote_literal(domainflow._shown(v_bad.query, 60)), 'null'), COALESCE(length(v_bad.query), 0),
                            COALESCE(v_bad.duration_ms::text, 'null'),
                            COALESCE(v_bad.row_count::text, 'null'), COALESCE(length(v_bad.operation_name), 0)),
            HINT = 'Measure with a monotonic clock; in a batch all arrays are of one length.';
    END IF;
    -- After the elements: a short array of the first two shows there, with the position.
    IF cardinality(p_queries) <> ANY (array_remove(ARRAY[
           cardinality(p_rows), cardinality(p_operation_names), cardinality(p_campaign_ids)], NULL)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = 'the arrays of the executions differ in length',
            DETAIL = format('queries: %s, rows: %s, operation names: %s, campaigns: %s', cardinality(p_queries),
                            COALESCE(cardinality(p_rows)::text, 'null'), COALESCE(cardinality(p_operation_names)::text, 'null'),
                            COALESCE(cardinality(p_campaign_ids)::text, 'null')),
            HINT = 'Give one element for each execution; rows, operation names and campaigns may be null as a whole.';
    END IF;

    SELECT array_agg(gen_random_uuid())
      INTO v_ids
      FROM generate_series(1, cardinality(p_queries));
    INSERT INTO domainflow.query_performance_metrics (
        id, recorded_at, fingerprint, query, duration_ms, row_count, operation_name, campaign_id, correlation_id, session_role
    )
    SELECT b.id, clock_timestamp(), domainflow.query_fingerprint(b.query), left(b.query, 4000), b.duration_ms, b.row_count,
           b.operation_name, b.campaign_id, left(NULLIF(current_setting('domainflow.correlation_id', true), ''), 200), session_user::text
      FROM unnest(v_ids, p_queries, p_durations_ms, p_rows, p_operation_names, p_campaign_ids)
           AS b (id, query, duration_ms, row_count, operation_name, campaign_id);
    RETURN QUERY SELECT i.id FROM unnest(v_ids) WITH ORDINALITY AS i (id, position) ORDER BY i.position;
END
$$;

COMMENT ON FUNCTION domainflow.record_query_performances
IS 'Records many executions of statements at once; returns their ids in input order.';
REVOKE ALL ON FUNCTION domainflow.record_query_performances FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.record_query_performances TO domainflow_app;
