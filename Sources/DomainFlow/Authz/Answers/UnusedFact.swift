import Foundation
import PQClient

/// A fact that allowed nothing for some time.
public struct UnusedFact: Sendable, Hashable, Encodable {
    public var subject, relation: String
    /// Type and id, as in `document:1`.
    public var resource: String
    public var grantedAt: Date
    public var grantedBy, reason: String?
    /// nil if no decision was ever logged.
    public var lastUsed: Date?

    init(_ row: PostgresRow) throws {
        subject = try row.get("subject")
        relation = try row.get("relation")
        resource = try row.get("resource")
        grantedAt = try row.get("granted_at")
        grantedBy = try row.get("granted_by")
        reason = try row.get("reason")
        lastUsed = try row.get("last_used")
    }
}
