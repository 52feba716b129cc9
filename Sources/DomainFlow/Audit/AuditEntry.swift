import Foundation
import PQClient

/// A decision in the audit log, with its writer and origin.
public struct AuditEntry: Sendable, Hashable {
    public var id: UUID
    public var decidedAt: Date
    public var decision: AuthorizationDecision
    /// Rows with the same transaction id were written together.
    public var transactionID: String
    public var correlationID: String?
    /// The database role that logged in, and the role that was in effect.
    public var sessionRole, effectiveRole: String
    public var backendPID: Int32
    public var applicationName: String
    /// The authorization model that decided, its revision, and why (``AccessReason``, or `change` for a change of facts, policies or
    /// models); nil for decisions that the application reports.
    public var model: String?
    public var revision: Int?
    public var reasonCode: String?
    /// Facts that were given with the call.
    public var givenFacts: PostgresJSON?
    /// nil: nothing happens at commit. 0: it takes something away. Else it permitted a write, and is decided again at commit.
    public var fence: Int64?

    init(_ row: PostgresRow) throws {
        id = try row.get("id")
        decidedAt = try row.get("decided_at")
        decision = AuthorizationDecision(
            userID: try row.get("user_id"), resourceType: try row.get("resource_type"), resourceID: try row.get("resource_id"),
            action: try row.get("action"), decision: try row.choice("decision"), policies: try row.get("policies"),
            context: try row.get("context"), requestContext: try row.get("request_context"),
            executionTime: try row.get("execution_time_ms", as: Double?.self).map { .milliseconds($0) })
        transactionID = try row.get("transaction_id")
        correlationID = try row.get("correlation_id")
        sessionRole = try row.get("session_role")
        effectiveRole = try row.get("effective_role")
        backendPID = try row.get("backend_pid")
        applicationName = try row.get("application_name")
        model = try row.get("model")
        revision = try row.get("revision")
        reasonCode = try row.get("reason_code")
        givenFacts = try row.get("given_facts")
        fence = try row.get("fence")
    }
}
