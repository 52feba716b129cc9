-- Records one execution of a statement and returns the id of its row.
--
-- duration in milliseconds as the caller measured it. The text is kept up to 4,000 characters; it may hold literals, so do
-- not record statements with secrets in them. DF202 without query or duration, DF204 for a negative or infinite number.
CREATE OR REPLACE FUNCTION domainflow.record_query_performance(
    p_query text,
    p_duration_ms double precision,
    p_rows bigint DEFAULT NULL,
    p_operation_name text DEFAULT NULL,
    p_campaign_id uuid DEFAULT NULL
)
RETURNS uuid
LANGUAGE sql
AS $$
    SELECT r.id
      FROM domainflow.record_query_performances(
               ARRAY[p_query], ARRAY[p_duration_ms], ARRAY[p_rows], ARRAY[p_operation_name], ARRAY[p_campaign_id]) AS r (id)
$$;

COMMENT ON FUNCTION domainflow.record_query_performance IS 'Records one execution of a statement; returns its id.';
REVOKE ALL ON FUNCTION domainflow.record_query_performance FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.record_query_performance TO domainflow_app;
