extension PostgresPool {
    /// Why a pool closed a connection.
    public enum CloseReason: String, Sendable, Hashable, CaseIterable {
        /// It was not borrowed for `idleTimeout`.
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

    /// How long tasks waited for leases. Leases without a wait count too.
    public struct WaitTimes: Sendable, Hashable {
        public var count: Int
        public var mean, median, p95, p99, max: Duration
        /// A histogram: for each of ``bounds`` the waits up to it and beyond the bound before, and, last, the waits beyond all bounds.
        /// Unlike percentiles, the buckets of several pools or intervals can be added up.
        public var buckets: [Int]

        /// 1 ms, 2 ms, 4 ms … 32.8 s.
        public static let bounds: [Duration] = (0..<16).map { .milliseconds(1 << $0) }
    }

    /// The state of a pool, and what it has counted.
    public struct Statistics: Sendable, Hashable {
        /// Connections open or being opened.
        public var size: Int
        public var idle: Int
        public var leased: Int
        public var connecting: Int
        public var waiting: Int
        public var maxConnections: Int

        /// The time that the counts below cover: since the pool was made, or since the last interval was taken.
        public var interval: Duration
        public var leases: Int
        public var waitTimes: WaitTimes
        /// Waits that ended at their deadline.
        public var timeouts: Int
        /// Waits that ended because the task was cancelled.
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

    /// Counts since the last call. For one caller only: each count goes to the caller that asks first.
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
