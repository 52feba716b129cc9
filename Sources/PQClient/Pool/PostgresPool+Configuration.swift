public import CoreMetrics
public import Logging

extension PostgresPool {
    /// The settings of a pool. A limit that is nil is off.
    public struct Configuration: Sendable {
        /// Tells pools apart in metrics and logs.
        public var name: String
        public var applicationName: String?
        /// Connections kept open even when they are not used.
        public var minConnections: Int
        public var maxConnections: Int
        /// How long a task waits for a connection, opening one included. A call may override it.
        public var acquireTimeout: Duration?
        /// How long opening a connection may take, for all hosts of the connection string together.
        public var connectTimeout: Duration
        /// Asked for the password of each new connection, within its `connectTimeout`; nil: the connection string has it.
        public var password: PasswordProvider?
        /// Called with each new connection before it is lent, e.g. for SET. If it throws, or takes longer than what is left of
        /// `connectTimeout`, the connection is closed and counts as one that could not be opened.
        public var onConnect: (@Sendable (PostgresConnection) async throws -> Void)?
        /// Called with each connection that comes back, before it is lent again, e.g. for `DISCARD ALL`: the pool itself resets nothing. What
        /// values are read and written by is set again after it. If
        /// it throws, the connection is closed. Cancelling the task that gives the connection back does not cancel it.
        public var onReturn: (@Sendable (PostgresConnection) async throws -> Void)?
        /// Told of each statement, `onConnect`'s included; must not block: `StatementLog(logger).observer` writes to a log.
        public var statementObserver: (@Sendable (StatementReport) -> Void)?
        /// The most statements that each connection prepares by itself, each when it comes for the fifth time; 0 for none. Off behind a
        /// pooler such as PgBouncer, which is found out when a connection is opened.
        public var statementCache = 100
        /// See ``PostgresConnection/cancelGrace``.
        public var cancelGrace: Duration = .seconds(10)
        /// How long an idle connection beyond the minimum is kept.
        public var idleTimeout: Duration?
        /// How old a connection may get. It is replaced while it is not lent.
        public var maxLifetime: Duration?
        /// Up to which fraction the two limits above are shortened at random for each connection, so that connections that were opened
        /// together are not replaced together. 0 to 1.
        public var jitter: Double
        /// A connection that was idle for longer is health-checked before it is lent.
        public var healthCheckAfterIdle: Duration?
        /// How long a health check may take.
        public var healthCheckTimeout: Duration
        /// After how long a lease is investigated: whether its backend works or waits for the client. See ``LeaseReport``.
        public var leakThreshold: Duration?
        /// Told of leases that last longer than `leakThreshold`; must not block. Without a handler reports go to `logger`.
        public var leaseReportHandler: (@Sendable (LeaseReport) -> Void)?
        /// How long ``PostgresPool/shutdown(grace:)`` waits for leases to end.
        public var shutdownGrace: Duration
        public var logger: Logger
        /// nil: the one that `MetricsSystem` is bootstrapped with when the pool is made.
        public var metricsFactory: (any MetricsFactory)?

        public init(
            name: String = "default", applicationName: String? = nil, minConnections: Int = 0, maxConnections: Int = 10,
            acquireTimeout: Duration? = .seconds(30), connectTimeout: Duration = .seconds(30), idleTimeout: Duration? = .seconds(600),
            maxLifetime: Duration? = .seconds(1800), jitter: Double = 0.1, healthCheckAfterIdle: Duration? = .seconds(30),
            healthCheckTimeout: Duration = .seconds(5), leakThreshold: Duration? = .seconds(60),
            leaseReportHandler: (@Sendable (LeaseReport) -> Void)? = nil, shutdownGrace: Duration = .seconds(30),
            logger: Logger = Logger(label: "pqclient.pool"), metricsFactory: (any MetricsFactory)? = nil
        ) {
            self.name = name
            self.applicationName = applicationName
            self.minConnections = minConnections
            self.maxConnections = maxConnections
            self.acquireTimeout = acquireTimeout
            self.connectTimeout = connectTimeout
            self.idleTimeout = idleTimeout
            self.maxLifetime = maxLifetime
            self.jitter = jitter
            self.healthCheckAfterIdle = healthCheckAfterIdle
            self.healthCheckTimeout = healthCheckTimeout
            self.leakThreshold = leakThreshold
            self.leaseReportHandler = leaseReportHandler
            self.shutdownGrace = shutdownGrace
            self.logger = logger
            self.metricsFactory = metricsFactory
        }

        /// The interval between checks of the limits: a quarter of the shortest limit, at most a second.
        var tickInterval: Duration {
            let shortest = [idleTimeout, maxLifetime, leakThreshold].compactMap { $0 }.min() ?? .seconds(4)
            return max(.milliseconds(10), min(.seconds(1), shortest / 4))
        }

        func check() {
            precondition(statementCache >= 0, "a statement cache has no negative size")
            precondition(maxConnections > 0, "a pool needs at least one connection")
            precondition((0...maxConnections).contains(minConnections), "minConnections is between 0 and maxConnections")
            precondition((0...1).contains(jitter), "jitter is between 0 and 1")
        }
    }
}
