import Foundation
import PQClient

/// One transition in the history of an entity.
public struct StateEvent: Sendable, Hashable, Encodable {
    public var machine, entityID: String
    /// Counted from 1, without gaps.
    public var version: Int64
    /// nil for the creation.
    public var fromState: String?
    public var toState: String
    public var actor, reason: String?
    /// A JSON object.
    public var context: String?
    public var occurredAt: Date
    public var transactionID: String
    public var correlationID: String?

    init(_ row: PostgresRow) throws {
        machine = try row.get("machine")
        entityID = try row.get("entity_id")
        version = try row.get("version")
        fromState = try row.get("from_state")
        toState = try row.get("to_state")
        actor = try row.get("actor")
        reason = try row.get("reason")
        context = try row.get("context")
        occurredAt = try row.get("occurred_at")
        transactionID = try row.get("transaction_id")
        correlationID = try row.get("correlation_id")
    }
}
