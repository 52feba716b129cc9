import Foundation
import PQClient

/// A job that is out of attempts: it stays until it is requeued or cancelled.
public struct DeadJob: Sendable, Hashable {
    public var queue: String
    public var id: Int64
    public var kind: String
    public var priority, attempt: Int
    public var payload: PostgresJSON
    public var lastError: String?
    public var createdAt: Date
    public var correlationID: String?

    init(_ row: PostgresRow) throws {
        queue = try row.get("queue")
        id = try row.get("id")
        kind = try row.get("kind")
        priority = try row.get("priority")
        attempt = try row.get("attempt")
        payload = try row.get("payload")
        lastError = try row.get("last_error")
        createdAt = try row.get("created_at")
        correlationID = try row.get("correlation_id")
    }
}
