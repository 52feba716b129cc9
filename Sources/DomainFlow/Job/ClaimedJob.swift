import Foundation
import PQClient

/// A job, and the right to work on it until the lease runs out. Every later call about it needs the token.
public struct ClaimedJob: Sendable, Hashable {
    public var id: Int64
    public var kind: String
    public var payload: PostgresJSON
    public var priority: Int
    public var attempt, maxAttempts: Int
    public var token: Int64
    public var leaseUntil: Date
    /// Of the transaction that added it.
    public var correlationID: String?
    /// Since when it was due.
    public var runAt: Date
    /// Of the attempt before.
    public var lastError: String?

    init(_ row: PostgresRow) throws {
        id = try row.get("id")
        kind = try row.get("kind")
        payload = try row.get("payload")
        priority = try row.get("priority")
        attempt = try row.get("attempt")
        maxAttempts = try row.get("max_attempts")
        token = try row.get("token")
        leaseUntil = try row.get("lease_until")
        correlationID = try row.get("correlation_id")
        runAt = try row.get("run_at")
        lastError = try row.get("last_error")
    }

    static let columns =
        "id, kind, payload, priority, attempt, max_attempts, token, lease_until, correlation_id, run_at, last_error"
}
