import Foundation
import PQClient

/// Records of what a service uses: connections, so far.
extension DomainFlowClient {
    /// Records how `pool` does: what it has now, and what it counted since the last call. To be called from time to time, by one
    /// recorder for each pool; it borrows one of this facade's own connections, which may be another pool's. What was counted in an
    /// interval whose recording fails is missing from the table; `statistics` of the pool goes on counting it.
    ///
    /// - Parameter instance: which process the pool is in, e.g. `host:pid`.
    /// - Returns: the id of the row.
    @discardableResult
    public func recordPoolMetrics(of pool: PostgresPool, instance: String? = nil) async throws -> UUID {
        try await recordPoolMetrics(pool.takeInterval(), poolName: pool.configuration.name, instance: instance)
    }

    /// Records a pool's statistics that were taken before.
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
