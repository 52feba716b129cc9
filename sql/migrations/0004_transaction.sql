-- How long transactions took, how often they failed and were tried again.

CREATE TABLE domainflow.transaction_metric (
    metric_id uuid NOT NULL,
    operation_name text NOT NULL,
    campaign_id uuid,
    duration_ms double precision NOT NULL,
    success boolean NOT NULL,
    error_message text,
    retry_count integer NOT NULL,
    isolation_level text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text DEFAULT CASE
        WHEN pg_catalog.current_setting('domainflow.correlation_id', true) OPERATOR(pg_catalog.<>) ''
            THEN pg_catalog.current_setting('domainflow.correlation_id', true) END,
    CONSTRAINT transaction_metric_operation_name_check CHECK (operation_name OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT transaction_metric_duration_ms_check
    CHECK (duration_ms OPERATOR(pg_catalog.>=) 0 AND duration_ms OPERATOR(pg_catalog.<) 'Infinity'),
    CONSTRAINT transaction_metric_retry_count_check CHECK (retry_count OPERATOR(pg_catalog.>=) 0),
    CONSTRAINT transaction_metric_isolation_level_check
    CHECK (isolation_level OPERATOR(pg_catalog.=) ANY (
        ARRAY['read uncommitted', 'read committed', 'repeatable read', 'serializable']::pg_catalog.text []))
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE domainflow.transaction_metric IS 'One row a transaction that was measured. Retention drops partitions.';
COMMENT ON COLUMN domainflow.transaction_metric.duration_ms IS 'Milliseconds, all tries together.';
COMMENT ON COLUMN domainflow.transaction_metric.retry_count IS 'Tries after the first.';
COMMENT ON COLUMN domainflow.transaction_metric.transaction_id IS 'Transaction that recorded the row; the measured one when it recorded itself.';

-- Key and indexes belong to the partitions, as in entity_event.
CREATE TABLE domainflow.transaction_metric_default PARTITION OF domainflow.transaction_metric (
    CONSTRAINT transaction_metric_default_pkey PRIMARY KEY (metric_id, recorded_at)
) DEFAULT;
COMMENT ON TABLE domainflow.transaction_metric_default IS 'Rows outside every dated partition.';
COMMENT ON INDEX domainflow.transaction_metric_default_pkey IS 'Serves lookups of one metric by the id that was returned.';

CREATE INDEX transaction_metric_default_operation_name_idx ON domainflow.transaction_metric_default (operation_name, recorded_at);
COMMENT ON INDEX domainflow.transaction_metric_default_operation_name_idx IS 'Serves get_transaction_performance_stats() of one operation.';
CREATE INDEX transaction_metric_default_campaign_id_idx ON domainflow.transaction_metric_default (campaign_id, recorded_at)
WHERE campaign_id IS NOT NULL;
COMMENT ON INDEX domainflow.transaction_metric_default_campaign_id_idx IS 'Serves get_transaction_performance_stats() of one campaign.';
CREATE INDEX transaction_metric_default_transaction_id_idx ON domainflow.transaction_metric_default (transaction_id);
COMMENT ON INDEX domainflow.transaction_metric_default_transaction_id_idx
IS 'Serves the trail of one transaction: everything written by it, over all areas.';

GRANT SELECT, INSERT ON domainflow.transaction_metric TO domainflow_app;
GRANT SELECT ON domainflow.transaction_metric TO domainflow_reader, domainflow_auditor, domainflow_owner;

--! include functions/transaction/_check_transaction_metric.sql @0.1.0
--! include functions/transaction/record_transaction_metric.sql @0.1.0
--! include functions/transaction/record_transaction_metrics.sql @0.1.0
--! include functions/transaction/get_transaction_performance_stats.sql @0.1.0
