import Synchronization

/// A bounded set of connections that tasks borrow, first come, first served.
///
/// Connections are opened when they are needed. They are closed when they have not been used for a while, when they are old, when they come
/// back broken or in the middle of a transaction, and when they do not answer after a long rest. Session state (SET, LISTEN, temporary
/// tables) is not reset, unless `onReturn` does it. Each lease records where it was taken, and one that lasts suspiciously long is
/// investigated: see ``LeaseReport``. A task that waits longer than `acquireTimeout` gets an error of kind `timeout` that says where the
/// connections are held.
///
/// Do not borrow a second connection while holding one: if all tasks do so, they deadlock. A task that would have to wait for itself gets
/// an error of kind `usage` instead. A worker that keeps a connection all its life opens it with
/// ``PostgresConnection/connect(_:applicationName:password:on:)``.
public final class PostgresPool: Sendable {
    typealias Waiter = CheckedContinuation<Result<PoolLease<PostgresConnection>, PostgresError>, Never>
    typealias State = PoolState<PostgresConnection, Waiter>

    public let configuration: Configuration
    let conninfo: String
    let eventThreads: EventThreadGroup
    let state: Mutex<State>
    let metrics: PoolMetrics
    let created: ContinuousClock.Instant
    let nextID = Atomic<Int>(0)
    /// When the deadlines of waiting tasks are checked next.
    let alarm = Mutex<ContinuousClock.Instant?>(nil)
    let shutdowns = Mutex<[Int: CheckedContinuation<Void, Never>]>([:])

    /// - Parameter conninfo: as for ``PostgresConnection/connect(_:applicationName:password:on:)``
    public init(conninfo: String, configuration: Configuration, eventThreads: EventThreadGroup = .default) {
        configuration.check()
        self.configuration = configuration
        self.conninfo = conninfo
        self.eventThreads = eventThreads
        created = .now
        state = Mutex(State(configuration, now: created))
        metrics = PoolMetrics(pool: configuration.name, factory: configuration.metricsFactory)
        tick()
    }

    public convenience init(
        conninfo: String, maxConnections: Int = 10, applicationName: String? = nil, eventThreads: EventThreadGroup = .default
    ) {
        self.init(
            conninfo: conninfo,
            configuration: Configuration(
                name: applicationName ?? "default", applicationName: applicationName, maxConnections: maxConnections),
            eventThreads: eventThreads)
    }

    /// Idle connections close with their last reference. There are no others, because every waiting or borrowing task keeps the pool alive.
    deinit { metrics.sample(PoolGauges(limit: 0)) }

    /// Lends a connection to `body`, waiting for one if all are lent. Cancelling the task ends the wait.
    ///
    /// - Parameters:
    ///   - timeout: how long to wait; nil: the pool's `acquireTimeout`.
    ///   - fileID: with `line`, the place where the lease is taken, for reports.
    /// - Throws: what `body` throws, or a ``PostgresError`` of kind `timeout`, `cancelled`, `connection` (none could be opened, or the
    ///   pool is closed) or `usage` (the task holds one and would wait for itself).
    public func withConnection<T>(
        timeout: Duration? = nil, fileID: String = #fileID, line: Int = #line, isolation: isolated (any Actor)? = #isolation,
        _ body: (PostgresConnection) async throws -> T
    ) async throws -> T {
        let site = PostgresCallSite(fileID: fileID, line: line)
        let lease = try await acquire(at: site, timeout: timeout ?? configuration.acquireTimeout)
        let held = TaskLocalLease(of: self, at: site)
        do {
            let value = try await TaskLocalLease.$current.withValue(held) { try await body(lease.connection) }
            held.end()
            await release(lease)
            return value
        } catch {
            held.end()
            await release(lease)
            throw error
        }
    }

    /// Runs one statement on a borrowed connection, as ``PostgresConnection/query(_:named:)``. For several statements that belong together
    /// use ``transaction(_:fileID:line:isolation:_:)``: two calls of this may run on different connections.
    @discardableResult
    public func query(
        _ query: PostgresQuery, named name: String? = nil, fileID: String = #fileID, line: Int = #line
    ) async throws -> PostgresResult {
        try await withConnection(fileID: fileID, line: line) { try await $0.query(query, named: name) }
    }
}
