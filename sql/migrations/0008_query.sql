-- Recorded statements, the slow ones among them, and advice on indexes.

CREATE TABLE domainflow.query_performance_metrics (
    id uuid NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    fingerprint text NOT NULL,
    query text NOT NULL,
    duration_ms double precision NOT NULL,
    row_count bigint,
    operation_name text,
    campaign_id uuid,
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text,
    CONSTRAINT query_performance_metrics_duration_ms_check CHECK (duration_ms OPERATOR(pg_catalog.>=) 0),
    CONSTRAINT query_performance_metrics_row_count_check CHECK (row_count OPERATOR(pg_catalog.>=) 0)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE domainflow.query_performance_metrics
IS 'Statements that a client chose to record, one row per execution. A month per partition.';
COMMENT ON COLUMN domainflow.query_performance_metrics.fingerprint
IS 'Same for statements that differ in literals, white space, comments and letter case only.';
COMMENT ON COLUMN domainflow.query_performance_metrics.query IS 'First 4000 characters of the statement, as it was sent.';
COMMENT ON COLUMN domainflow.query_performance_metrics.duration_ms IS 'Time it took, in milliseconds, as the client saw it.';
COMMENT ON COLUMN domainflow.query_performance_metrics.row_count IS 'Rows returned or affected.';
COMMENT ON COLUMN domainflow.query_performance_metrics.transaction_id
IS 'The transaction that recorded it: joins with decisions, events and metrics.';

-- Key and indexes belong to the partitions, as in audit_log.
CREATE TABLE domainflow.query_performance_metrics_default PARTITION OF domainflow.query_performance_metrics (
    CONSTRAINT query_performance_metrics_default_pkey PRIMARY KEY (recorded_at, id)
) DEFAULT;
COMMENT ON TABLE domainflow.query_performance_metrics_default
IS 'Takes executions of months that have no partition yet; ensure_partitions moves them out.';
COMMENT ON INDEX domainflow.query_performance_metrics_default_pkey IS 'Serves get_slow_queries: the executions of the last hours.';

CREATE INDEX query_performance_metrics_default_transaction_id_idx
ON domainflow.query_performance_metrics_default (transaction_id);
COMMENT ON INDEX domainflow.query_performance_metrics_default_transaction_id_idx
IS 'Serves campaign_trail: the slow statements of a transaction.';

GRANT INSERT ON domainflow.query_performance_metrics TO domainflow_app;
GRANT SELECT ON domainflow.query_performance_metrics TO domainflow_reader;

--! include functions/query/normalize_query.sql @0.1.0
--! include functions/query/query_fingerprint.sql @0.1.0
--! include functions/query/record_query_performances.sql @0.1.0
--! include functions/query/record_query_performance.sql @0.1.0
--! include functions/query/get_slow_queries.sql @0.1.0
--! include functions/query/_explain_statement.sql @0.1.0
--! include functions/query/_user_tables.sql @0.1.0
--! include functions/query/_user_indexes.sql @0.1.0
--! include functions/query/_foreign_key_indexes.sql @0.1.0
--! include functions/query/_redundant_indexes.sql @0.1.0
--! include functions/query/_advise_sequential_scans.sql @0.1.0
--! include functions/query/_advise_foreign_keys.sql @0.1.0
--! include functions/query/_advise_unused_indexes.sql @0.1.0
--! include functions/query/_advise_duplicate_indexes.sql @0.1.0
--! include functions/query/_advise_slow_queries.sql @0.1.0
--! include functions/query/generate_optimization_recommendations.sql @0.1.0
