import Foundation
import PQClient

/// Records the resources that a service uses; so far, connections.
extension DomainFlowClient {
    /// Records the current state of `pool` and its counts since the last call. Call it from time to time, from one place for each pool. It
    /// borrows a connection of this client, which may belong to another pool. If recording fails, the counts of that interval are missing
    /// from the table; the `statistics` of the pool still include them.
    ///
    /// - Parameter instance: the process that has the pool, e.g. `host:pid`.
    /// - Returns: the id of the row.
    @discardableResult
    public func recordPoolMetrics(of pool: PostgresPool, instance: String? = nil) async throws -> UUID {
        try await recordPoolMetrics(pool.takeInterval(), poolName: pool.configuration.name, instance: instance)
    }

    /// Records statistics of a pool that were taken earlier.
    @discardableResult
    public func recordPoolMetrics(_ statistics: PostgresPool.Statistics, poolName: String, instance: String? = nil) async throws -> UUID {
        let closed = try PostgresJSON(encoding: Dictionary(uniqueKeysWithValues: statistics.closed.map { ($0.key.rawValue, $0.value) }))
        let waits = statistics.waitTimes
        return try await value(
            """
            SELECT domainflow.record_pool_metrics(
                p_pool_name => \(poolName), p_max_connections => \(statistics.maxConnections)::integer,
                p_in_use => \(statistics.leased)::integer, p_idle => \(statistics.idle)::integer,
                p_connecting => \(statistics.connecting)::integer, p_waiting => \(statistics.waiting)::integer,
                p_interval_ms => \(statistics.interval.milliseconds)::double precision, p_leases => \(statistics.leases)::bigint,
                p_timeouts => \(statistics.timeouts)::bigint, p_cancelled => \(statistics.cancelled)::bigint,
                p_created => \(statistics.created)::bigint, p_connect_failures => \(statistics.connectFailures)::bigint,
                p_leaks => \(statistics.leaks)::bigint, p_closed => \(closed)::jsonb,
                p_wait_avg_ms => \(waits.mean.milliseconds)::double precision,
                p_wait_p95_ms => \(waits.p95.milliseconds)::double precision,
                p_wait_p99_ms => \(waits.p99.milliseconds)::double precision,
                p_wait_max_ms => \(waits.max.milliseconds)::double precision, p_wait_buckets => \(waits.buckets)::bigint[],
                p_instance => \(instance))
            """)
    }
}
