import Foundation
import PQClient

/// A fact on the way to a relation of a resource.
public struct ExpandedFact: Sendable, Hashable, Encodable {
    /// How many other facts lead to it.
    public var steps: Int
    /// Type and id, as in `document:1`.
    public var resource: String
    public var relation, subject: String
    /// It stands on the right of a `but not`.
    public var isTakenAway: Bool
    public var validUntil: Date?
    public var grantedBy, reason: String?

    init(_ row: PostgresRow) throws {
        steps = try row.get("steps")
        resource = try row.get("resource")
        relation = try row.get("relation")
        subject = try row.get("subject")
        isTakenAway = try row.get("taken_away")
        validUntil = try row.get("valid_until")
        grantedBy = try row.get("granted_by")
        reason = try row.get("reason")
    }
}
