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

--! begin include functions/resource/record_pool_metrics.sql
-- Records how one connection pool of one client does, and returns the id of the row.
--
-- What the pool has (of max_connections: in use, idle, being opened; and how many wait for one) is of this moment; what it counted is
-- of the last p_interval_ms. p_closed counts closed connections by reason: {"idle": 2}. p_wait_buckets counts the waits for a
-- connection up to 1, 2, 4 ... 32768 ms, and last the longer ones: buckets of several rows add up, percentiles do not.
-- DF202 for what is missing, DF204 for numbers that no pool can have, DF201 for buckets or reasons of another shape.
CREATE OR REPLACE FUNCTION domainflow.record_pool_metrics(
    p_pool_name text,
    p_max_connections integer,
    p_in_use integer,
    p_idle integer,
    p_connecting integer,
    p_waiting integer,
    p_interval_ms double precision,
    p_leases bigint,
    p_timeouts bigint,
    p_cancelled bigint,
    p_created bigint,
    p_connect_failures bigint,
    p_leaks bigint,
    p_closed jsonb,
    p_wait_avg_ms double precision,
    p_wait_p95_ms double precision,
    p_wait_p99_ms double precision,
    p_wait_max_ms double precision,
    p_wait_buckets bigint [],
    p_instance text DEFAULT NULL
)
RETURNS uuid
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id uuid := gen_random_uuid();
    v_connections text := format('max_connections: %s, in_use: %s, idle: %s, connecting: %s, waiting: %s',
                                 p_max_connections, p_in_use, p_idle, p_connecting, p_waiting);
    v_counts text := format('interval_ms: %s, leases: %s, timeouts: %s, cancelled: %s, created: %s, connect_failures: %s, leaks: %s',
                            p_interval_ms, p_leases, p_timeouts, p_cancelled, p_created, p_connect_failures, p_leaks);
    v_waits text := format('avg: %s ms, p95: %s ms, p99: %s ms, max: %s ms', p_wait_avg_ms, p_wait_p95_ms, p_wait_p99_ms, p_wait_max_ms);
BEGIN
    IF COALESCE(p_pool_name, '') = ''
       OR num_nulls(p_max_connections, p_in_use, p_idle, p_connecting, p_waiting, p_interval_ms, p_leases, p_timeouts, p_cancelled,
                    p_created, p_connect_failures, p_leaks, p_closed, p_wait_avg_ms, p_wait_p95_ms, p_wait_p99_ms, p_wait_max_ms,
                    p_wait_buckets) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF202',
            MESSAGE = 'pool metrics need a pool name and every number',
            DETAIL = format('pool_name: %s; %s; %s; %s; closed: %s; wait_buckets: %s', quote_nullable(p_pool_name), v_connections,
                            v_counts, v_waits, p_closed, p_wait_buckets),
            HINT = 'Only the instance may be null.';
    ELSIF jsonb_typeof(p_closed) <> 'object' OR cardinality(p_wait_buckets) <> 17
          OR array_position(p_wait_buckets, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('the metrics of pool %s are of another shape', p_pool_name),
            DETAIL = format('closed: %s; wait_buckets: %s', p_closed, p_wait_buckets),
            HINT = 'closed is a JSON object of counts by reason; there are 17 buckets.';
    ELSIF NOT (least(p_in_use, p_idle, p_connecting, p_waiting) >= 0
               AND p_in_use::bigint + p_idle + p_connecting <= p_max_connections
               AND p_interval_ms >= 0 AND p_interval_ms < 'Infinity'
               AND least(p_leases, p_timeouts, p_cancelled, p_created, p_connect_failures, p_leaks) >= 0
               AND least(p_wait_avg_ms, p_wait_p95_ms, p_wait_p99_ms) >= 0
               AND greatest(p_wait_avg_ms, p_wait_p95_ms, p_wait_p99_ms) <= p_wait_max_ms AND p_wait_max_ms < 'Infinity'
               AND 0 <= ALL (p_wait_buckets)
               AND p_leases = (SELECT sum(b.waits) FROM unnest(p_wait_buckets) AS b (waits))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = format('pool %s cannot have such numbers', p_pool_name),
            DETAIL = format('%s; %s; waits: %s, buckets: %s', v_connections, v_counts, v_waits, p_wait_buckets),
            HINT = 'Nothing is negative or infinite, connections are not more than max_connections, and each lease is in one bucket.';
    END IF;

    INSERT INTO domainflow.database_performance_metrics (
        id, pool_name, instance, max_connections, in_use, idle, connecting, waiting, interval_ms, leases, timeouts, cancelled, created,
        connect_failures, leaks, closed, wait_avg_ms, wait_p95_ms, wait_p99_ms, wait_max_ms, wait_buckets
    ) VALUES (
        v_id, p_pool_name, p_instance, p_max_connections, p_in_use, p_idle, p_connecting, p_waiting, p_interval_ms, p_leases, p_timeouts,
        p_cancelled, p_created, p_connect_failures, p_leaks, p_closed, p_wait_avg_ms, p_wait_p95_ms, p_wait_p99_ms, p_wait_max_ms,
        p_wait_buckets
    );
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION domainflow.record_pool_metrics
IS 'Records what a connection pool has and what it counted in the last interval; returns the id of the row.';
REVOKE ALL ON FUNCTION domainflow.record_pool_metrics FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.record_pool_metrics TO domainflow_app;
--! end include functions/resource/record_pool_metrics.sql
