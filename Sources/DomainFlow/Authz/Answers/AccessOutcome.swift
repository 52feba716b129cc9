import Foundation
import PQClient

/// A decision of a batch, which was made and logged.
public struct AccessOutcome: Sendable, Hashable, Encodable {
    public var isAllowed: Bool
    public var reasonCode: AccessReason
    /// The reason in words, for logs and people.
    public var reason: String
    /// The policy that denied it.
    public var deniedBy: String?
    /// Id of its row in the audit log.
    public var decisionID: UUID

    init(_ row: PostgresRow) throws {
        isAllowed = try row.get("allowed")
        reasonCode = AccessReason(rawValue: try row.get("reason_code"))
        reason = try row.get("reason")
        deniedBy = try row.get("denied_by")
        decisionID = try row.get("decision_id")
    }
}
