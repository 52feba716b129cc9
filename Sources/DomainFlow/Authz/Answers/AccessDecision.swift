import Foundation
import PQClient

/// A decision that was made and logged. A denial is an answer, not an error.
public struct AccessDecision: Sendable, Hashable, Encodable {
    public var isAllowed: Bool
    public var reasonCode: AccessReason
    /// The reason in words, for logs and people.
    public var reason: String
    /// What led to it: `document#viewer` for a relation, else names of policies.
    public var matched: [String]
    /// The policy that denied it.
    public var deniedBy: String?
    /// Of the model that decided.
    public var revision: Int
    /// The facts that it saw, as a `pg_snapshot`.
    public var snapshot: String
    public var durationMS: Double
    /// Id of its row in the audit log.
    public var decisionID: UUID

    init(_ row: PostgresRow) throws {
        isAllowed = try row.get("allowed")
        reasonCode = AccessReason(rawValue: try row.get("reason_code"))
        reason = try row.get("reason")
        matched = try row.get("matched")
        deniedBy = try row.get("denied_by")
        revision = try row.get("revision")
        snapshot = try row.get("snapshot")
        durationMS = try row.get("duration_ms")
        decisionID = try row.get("decision_id")
    }
}
