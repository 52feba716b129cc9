-- Records how one connection pool of one client does, and returns the id of the row.
--
-- What the pool has (of max_connections: in use, idle, being opened; and how many wait for one) is of this moment; what it counted is
-- of the last p_interval_ms. p_closed counts closed connections by reason: {"idle": 2}. p_wait_buckets counts the waits for a
-- connection up to 1, 2, 4 ... 32768 ms, and last the longer ones: buckets of several rows add up, percentiles do not.
-- DF202 for what is missing, DF204 for numbers that no pool can have and texts above their bounds, DF201 for buckets or reasons of another
-- shape. SECURITY DEFINER, so that time and transaction are the server's: the application cannot write the table.
-- It only adds a row: at REPEATABLE READ, too, no other writer makes it wait or fail.
-- Proof: Tests/SQL/resource/record_pool_metrics.sql
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
SECURITY DEFINER
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
            DETAIL = format('pool_name: %s; %s; %s; %s; closed: %s; wait_buckets: %s', quote_nullable(domainflow._shown(p_pool_name)), v_connections,
                            v_counts, v_waits, domainflow._shown(p_closed::text), domainflow._shown(p_wait_buckets::text)),
            HINT = 'Only the instance may be null.';
    ELSIF length(p_pool_name) > 200 OR length(p_instance) > 200 OR octet_length(p_closed::text) > 10000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = 'a text of the pool metrics is too long',
            DETAIL = format('characters: pool_name %s, instance %s; bytes: closed %s', length(p_pool_name), COALESCE(length(p_instance), 0),
                            octet_length(p_closed::text)),
            HINT = 'At most 200 characters for a name, 10000 bytes for the reasons.';
    ELSIF jsonb_typeof(p_closed) <> 'object' OR cardinality(p_wait_buckets) <> 17
          OR array_ndims(p_wait_buckets) <> 1 OR num_nulls(VARIADIC p_wait_buckets) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF201',
            MESSAGE = format('the metrics of pool %s are of another shape', domainflow._shown(p_pool_name)),
            DETAIL = format('closed: %s; wait_buckets: %s', domainflow._shown(p_closed::text), domainflow._shown(p_wait_buckets::text)),
            HINT = 'closed is a JSON object of counts by reason; there are 17 buckets.';
    ELSIF NOT (least(p_in_use, p_idle, p_connecting, p_waiting) >= 0
               AND p_in_use::bigint + p_idle + p_connecting <= p_max_connections
               AND p_interval_ms >= 0 AND p_interval_ms < 'Infinity'::double precision
               AND least(p_leases, p_timeouts, p_cancelled, p_created, p_connect_failures, p_leaks) >= 0
               AND least(p_wait_avg_ms, p_wait_p95_ms, p_wait_p99_ms) >= 0
               AND greatest(p_wait_avg_ms, p_wait_p95_ms, p_wait_p99_ms) <= p_wait_max_ms AND p_wait_max_ms < 'Infinity'::double precision
               AND 0 <= ALL (p_wait_buckets)
               AND p_leases = (SELECT sum(b.waits) FROM unnest(p_wait_buckets) AS b (waits))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'DF204',
            MESSAGE = format('pool %s cannot have such numbers', domainflow._shown(p_pool_name)),
            DETAIL = format('%s; %s; waits: %s, buckets: %s', v_connections, v_counts, v_waits, domainflow._shown(p_wait_buckets::text)),
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
