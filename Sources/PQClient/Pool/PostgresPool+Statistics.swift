extension PostgresPool {
    /// Why a pool closed a connection.
    public enum CloseReason: String, Sendable, Hashable, CaseIterable {
        /// Nobody borrowed it for `idleTimeout`.
        case idle
        /// It was older than `maxLifetime`.
        case lifetime
        /// The server, or the network, had closed it.
        case broken
        /// It came back in the middle of a transaction or a statement.
        case unfit
        /// It did not answer the health check.
        case unhealthy
        /// The pool was closed.
        case shutdown
    }

    /// How long leases were waited for. Those that came at once count too.
    public struct WaitTimes: Sendable, Hashable {
        public var count: Int
        public var mean, median, p95, p99, max: Duration
        /// How many waits were as long as each of ``bounds`` or less but longer than the one before, and, last, how many were longer
        /// than all. Those of several pools or times add up, which percentiles do not.
        public var buckets: [Int]

        /// 1 ms, 2 ms, 4 ms … 32.8 s.
        public static let bounds: [Duration] = (0..<16).map { .milliseconds(1 << $0) }
    }

    /// What a pool has now, and what it has counted so far.
    public struct Statistics: Sendable, Hashable {
        /// Connections open or being opened.
        public var size: Int
        public var idle: Int
        public var leased: Int
        public var connecting: Int
        public var waiting: Int
        public var maxConnections: Int

        /// How long the counts below took: since the pool was made, or since the last interval was taken.
        public var interval: Duration
        public var leases: Int
        public var waitTimes: WaitTimes
        /// Waits that ended with the deadline.
        public var timeouts: Int
        /// Waits that ended with the task's cancellation.
        public var cancelled: Int
        public var created: Int
        public var connectFailures: Int
        /// Leases that were reported as leaks.
        public var leaks: Int
        public var closed: [CloseReason: Int]
    }

    /// Counts since the pool was made.
    public var statistics: Statistics {
        let now = ContinuousClock.now
        let (gauges, counters) = state.withLock { ($0.gauges, $0.counters) }
        return Statistics(gauges, counters, over: now - created)
    }

    /// Counts since the last call. For one recorder: two would share what they count.
    public func takeInterval() -> Statistics {
        let now = ContinuousClock.now
        let (gauges, counters, since) = state.withLock { $0.takeInterval(now) }
        return Statistics(gauges, counters, over: now - since)
    }
}

extension PostgresPool.Statistics {
    init(_ gauges: PoolGauges, _ counters: PoolCounters, over interval: Duration) {
        self.init(
            size: gauges.idle + gauges.leased + gauges.connecting, idle: gauges.idle, leased: gauges.leased, connecting: gauges.connecting,
            waiting: gauges.waiting, maxConnections: gauges.limit, interval: interval, leases: counters.leases,
            waitTimes: counters.waitTimes, timeouts: counters.timeouts, cancelled: counters.cancelled, created: counters.created,
            connectFailures: counters.connectFailures, leaks: counters.leaks, closed: counters.closed)
    }
}
