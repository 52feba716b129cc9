import Foundation
import PQClient

/// A logged decision that a policy would have changed.
public struct SimulatedDecision: Sendable, Hashable {
    /// Id of its row in the audit log.
    public var decisionID: UUID
    public var decidedAt: Date
    public var subject, action: String
    public var resourceID: String?
    public var decision, wouldBe: DomainFlowClient.Decision
    /// Why it would be so.
    public var reasonCode: AccessReason

    init(_ row: PostgresRow) throws {
        decisionID = try row.get("decision_id")
        decidedAt = try row.get("decided_at")
        subject = try row.get("subject")
        action = try row.get("action")
        resourceID = try row.get("resource_id")
        decision = try row.choice("decision")
        wouldBe = try row.choice("would_be")
        reasonCode = AccessReason(rawValue: try row.get("reason_code"))
    }
}
