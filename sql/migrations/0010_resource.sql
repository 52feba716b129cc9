-- How the connection pools of the clients do.

CREATE TABLE domainflow.database_performance_metrics (
    id uuid NOT NULL,
    recorded_at timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    pool_name text NOT NULL,
    instance text,
    max_connections integer NOT NULL,
    in_use integer NOT NULL,
    idle integer NOT NULL,
    connecting integer NOT NULL,
    waiting integer NOT NULL,
    interval_ms double precision NOT NULL,
    leases bigint NOT NULL,
    timeouts bigint NOT NULL,
    cancelled bigint NOT NULL,
    created bigint NOT NULL,
    connect_failures bigint NOT NULL,
    leaks bigint NOT NULL,
    closed jsonb NOT NULL,
    wait_avg_ms double precision NOT NULL,
    wait_p95_ms double precision NOT NULL,
    wait_p99_ms double precision NOT NULL,
    wait_max_ms double precision NOT NULL,
    wait_buckets bigint [] NOT NULL,
    application_name text NOT NULL DEFAULT pg_catalog.current_setting('application_name'),
    transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    correlation_id text DEFAULT CASE
        WHEN pg_catalog.current_setting('domainflow.correlation_id', true) OPERATOR(pg_catalog.<>) ''
            THEN pg_catalog.current_setting('domainflow.correlation_id', true) END,
    CONSTRAINT database_performance_metrics_pool_name_check CHECK (pool_name OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT database_performance_metrics_connections_check
    CHECK (in_use OPERATOR(pg_catalog.>=) 0 AND idle OPERATOR(pg_catalog.>=) 0 AND connecting OPERATOR(pg_catalog.>=) 0
           AND in_use::bigint OPERATOR(pg_catalog.+) idle OPERATOR(pg_catalog.+) connecting OPERATOR(pg_catalog.<=) max_connections),
    CONSTRAINT database_performance_metrics_waiting_check CHECK (waiting OPERATOR(pg_catalog.>=) 0),
    CONSTRAINT database_performance_metrics_interval_ms_check
    CHECK (interval_ms OPERATOR(pg_catalog.>=) 0 AND interval_ms OPERATOR(pg_catalog.<) 'Infinity'),
    CONSTRAINT database_performance_metrics_counts_check
    CHECK (leases OPERATOR(pg_catalog.>=) 0 AND timeouts OPERATOR(pg_catalog.>=) 0 AND cancelled OPERATOR(pg_catalog.>=) 0
           AND created OPERATOR(pg_catalog.>=) 0 AND connect_failures OPERATOR(pg_catalog.>=) 0 AND leaks OPERATOR(pg_catalog.>=) 0),
    CONSTRAINT database_performance_metrics_closed_check
    CHECK (pg_catalog.jsonb_typeof(closed) OPERATOR(pg_catalog.=) 'object'),
    CONSTRAINT database_performance_metrics_wait_max_ms_check
    CHECK (wait_max_ms OPERATOR(pg_catalog.>=) 0 AND wait_max_ms OPERATOR(pg_catalog.<) 'Infinity'),
    CONSTRAINT database_performance_metrics_wait_buckets_check
    CHECK (pg_catalog.cardinality(wait_buckets) OPERATOR(pg_catalog.=) 17)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE domainflow.database_performance_metrics
IS 'Connection pools of the clients, one row a pool and interval. A month per partition.';
COMMENT ON COLUMN domainflow.database_performance_metrics.instance IS 'Which process the pool is in, as in host:pid. Null: not said.';
COMMENT ON COLUMN domainflow.database_performance_metrics.in_use IS 'Connections lent when the row was recorded.';
COMMENT ON COLUMN domainflow.database_performance_metrics.waiting IS 'Tasks that waited for a connection when the row was recorded.';
COMMENT ON COLUMN domainflow.database_performance_metrics.interval_ms IS 'Milliseconds that the counts and wait times cover.';
COMMENT ON COLUMN domainflow.database_performance_metrics.leases IS 'Connections lent in the interval.';
COMMENT ON COLUMN domainflow.database_performance_metrics.timeouts IS 'Waits for a connection that ended with their deadline.';
COMMENT ON COLUMN domainflow.database_performance_metrics.cancelled IS 'Waits for a connection that the waiting task gave up.';
COMMENT ON COLUMN domainflow.database_performance_metrics.leaks IS 'Leases that were reported as leaks.';
COMMENT ON COLUMN domainflow.database_performance_metrics.closed IS 'Connections closed, by reason.';
COMMENT ON COLUMN domainflow.database_performance_metrics.wait_buckets
IS 'Waits up to 1, 2, 4 ... 32768 ms and, last, longer ones. Those of several rows add up.';

-- Key and index belong to the partitions, as in audit_log.
CREATE TABLE domainflow.database_performance_metrics_default PARTITION OF domainflow.database_performance_metrics (
    CONSTRAINT database_performance_metrics_default_pkey PRIMARY KEY (id, recorded_at)
) DEFAULT;
COMMENT ON TABLE domainflow.database_performance_metrics_default
IS 'Takes rows of months that have no partition yet; ensure_partitions moves them out.';
COMMENT ON INDEX domainflow.database_performance_metrics_default_pkey IS 'Serves lookups of one row by the id that was returned.';

CREATE INDEX database_performance_metrics_default_pool_name_idx
ON domainflow.database_performance_metrics_default (pool_name, recorded_at);
COMMENT ON INDEX domainflow.database_performance_metrics_default_pool_name_idx
IS 'Serves reports and alerts about one pool: its last minutes or hours.';

GRANT INSERT ON domainflow.database_performance_metrics TO domainflow_app;
GRANT SELECT ON domainflow.database_performance_metrics TO domainflow_reader;

--! include functions/resource/record_pool_metrics.sql @0.2.0
