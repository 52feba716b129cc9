import Foundation
import PQClient

/// An authorization decision to be written down.
public struct AuthorizationDecision: Sendable, Hashable {
    public var userID, resourceType: String
    /// nil when the action is about the type as a whole, such as creating one.
    public var resourceID: String?
    public var action: String
    public var decision: DomainFlow.Decision
    /// Names of the policies that matched, in the order they were consulted.
    public var policies: [String]
    /// JSON objects: what was decided upon, and the request that asked.
    public var context, requestContext: PostgresJSON
    public var executionTime: Duration?

    public init(
        userID: String, resourceType: String, resourceID: String?, action: String, decision: DomainFlow.Decision, policies: [String] = [],
        context: PostgresJSON = "{}", requestContext: PostgresJSON = "{}", executionTime: Duration? = nil
    ) {
        self.userID = userID
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.action = action
        self.decision = decision
        self.policies = policies
        self.context = context
        self.requestContext = requestContext
        self.executionTime = executionTime
    }
}

/// A decision as the audit log has it, with who wrote it and from where.
public struct AuditEntry: Sendable, Hashable {
    public var id: UUID
    public var decidedAt: Date
    public var decision: AuthorizationDecision
    /// What has the same transaction id happened together.
    public var transactionID: String
    public var correlationID: String?
    /// The database role that logged in, and the one that was in force.
    public var sessionRole, effectiveRole: String
    public var backendPID: Int32
    public var applicationName: String

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
    }
}

/// What became of a month's partition.
public struct PartitionChange: Sendable, Hashable {
    public var table: String
    /// nil for a table that was left for the next call.
    public var partition: String?
    /// Rows that moved from the default partition into the new one.
    public var rowsMoved: Int
    public var outcome: String
}

extension DomainFlow {
    public enum Decision: String, Sendable { case allow, deny }

    /// Writes a decision into the append-only audit log, in the caller's transaction. Returns its id.
    @discardableResult
    public func logAuthorizationDecision(
        userID: String, resourceType: String, resourceID: String?, action: String, decision: Decision, policies: [String] = [],
        context: PostgresJSON = "{}", requestContext: PostgresJSON = "{}", executionTime: Duration? = nil
    ) async throws -> UUID {
        try await value(
            """
            SELECT domainflow.log_authorization_decision(
                p_user_id => \(userID)::text, p_resource_type => \(resourceType)::text, p_resource_id => \(resourceID)::text,
                p_action => \(action)::text, p_decision => \(decision.rawValue)::text, p_policies => \(policies)::text[],
                p_context => \(context)::jsonb, p_request_context => \(requestContext)::jsonb,
                p_execution_time_ms => \(executionTime?.milliseconds)::double precision)
            """)
    }

    /// Writes many decisions in one statement, all or none. Returns their ids in order.
    @discardableResult
    public func logAuthorizationDecisions(_ decisions: [AuthorizationDecision]) async throws -> [UUID] {
        let policies = try decisions.map { try PostgresJSON(encoding: $0.policies) }
        return try await rows(
            """
            SELECT id
              FROM domainflow.log_authorization_decisions(
                  p_user_ids => \(decisions.map(\.userID))::text[], p_resource_types => \(decisions.map(\.resourceType))::text[],
                  p_resource_ids => \(decisions.map(\.resourceID))::text[], p_actions => \(decisions.map(\.action))::text[],
                  p_decisions => \(decisions.map(\.decision.rawValue))::text[], p_policies => \(policies)::jsonb[],
                  p_contexts => \(decisions.map(\.context))::jsonb[], p_request_contexts => \(decisions.map(\.requestContext))::jsonb[],
                  p_execution_times_ms => \(decisions.map { $0.executionTime?.milliseconds })::double precision[]) AS f (id)
            """
        ) { try $0.get(0) }
    }

    /// Decisions of the last `hoursBack` hours, the newest first, `limit` at most. Filters that are nil match everything.
    public func authorizationDecisions(
        userID: String? = nil, resourceType: String? = nil, resourceID: String? = nil, action: String? = nil, decision: Decision? = nil,
        correlationID: String? = nil, hoursBack: Double = 24, limit: Int = 100
    ) async throws -> [AuditEntry] {
        try await rows(
            """
            SELECT id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context,
                   execution_time_ms, transaction_id::text, correlation_id, session_role, effective_role, backend_pid, application_name
              FROM domainflow.get_authorization_decisions(
                  p_user_id => \(userID)::text, p_resource_type => \(resourceType)::text, p_resource_id => \(resourceID)::text,
                  p_action => \(action)::text, p_decision => \(decision?.rawValue)::text, p_correlation_id => \(correlationID)::text,
                  p_hours_back => \(hoursBack)::double precision, p_limit => \(limit)::integer)
            """, AuditEntry.init)
    }

    /// Creates the coming months' partitions of the tables that grow with time. Returns those that were made, and the tables that were
    /// busy and left for the next call.
    @discardableResult
    public func ensurePartitions(monthsAhead: Int = 2) async throws -> [PartitionChange] {
        try await rows(
            """
            SELECT table_name, partition_name, rows_moved, outcome
              FROM domainflow.ensure_partitions(p_months_ahead => \(monthsAhead)::integer)
            """
        ) {
            PartitionChange(
                table: try $0.get("table_name"), partition: try $0.get("partition_name"),
                rowsMoved: try $0.get("rows_moved", as: Int?.self) ?? 0, outcome: try $0.get("outcome"))
        }
    }

    /// Drops the monthly partitions that are older than their retention in `partition_policy`. Returns the names of what it dropped.
    @discardableResult
    public func dropExpiredPartitions() async throws -> [String] {
        try await rows("SELECT table_name, partition_name FROM domainflow.drop_expired_partitions()") { try $0.get("partition_name") }
    }
}

extension Duration {
    var milliseconds: Double { self / .milliseconds(1) }
}
