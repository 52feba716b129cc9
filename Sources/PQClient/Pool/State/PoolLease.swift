/// A connection on loan from a pool.
struct PoolLease<Connection> {
    /// The connection's number in its pool.
    let number: Int
    let connection: Connection
    let site: PostgresCallSite
    let since: ContinuousClock.Instant
    /// How long the connection was idle before.
    let idleFor: Duration
}

extension PoolLease: Sendable where Connection: Sendable {}
