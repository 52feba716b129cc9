import Foundation
import PQClient

extension DomainFlowClient {
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

    /// Decisions of the last `hoursBack` hours, newest first, at most `limit`. Filters that are nil match everything. The read is itself
    /// recorded, with its purpose (nil: setting `domainflow.purpose` of the session).
    public func authorizationDecisions(
        userID: String? = nil, resourceType: String? = nil, resourceID: String? = nil, action: String? = nil, decision: Decision? = nil,
        correlationID: String? = nil, hoursBack: Double = 24, limit: Int = 100, purpose: String? = nil
    ) async throws -> [AuditEntry] {
        try await rows(
            """
            SELECT id, decided_at, user_id, resource_type, resource_id, action, decision, policies, context, request_context,
                   execution_time_ms, transaction_id::text, correlation_id, session_role, effective_role, backend_pid, application_name,
                   model, revision, reason_code, given_facts, fence
              FROM domainflow.get_authorization_decisions(
                  p_user_id => \(userID)::text, p_resource_type => \(resourceType)::text, p_resource_id => \(resourceID)::text,
                  p_action => \(action)::text, p_decision => \(decision?.rawValue)::text, p_correlation_id => \(correlationID)::text,
                  p_hours_back => \(hoursBack)::double precision, p_limit => \(limit)::integer,
                  p_purpose => \(purpose)::text)
            """, AuditEntry.init)
    }

    /// Creates the partitions of the coming months for the tables that grow with time. Returns the new partitions, and the tables that were
    /// busy and are left to the next call.
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

    /// Sets how long the rows of a monthly table are kept; nil keeps everything. Returns the moment before which rows may go today.
    @discardableResult
    public func setRetention(table: String, retention: PostgresInterval?) async throws -> Date? {
        try await value(
            "SELECT domainflow.set_retention(p_table => \(table)::text, p_retention => \(retention)::interval)")
    }

    /// Drops the monthly partitions that are older than their retention, `limit` of each table at most. Returns what it dropped, and what
    /// it left, with the reason. Leave `confirm` out of what runs by itself: it lets a call pass that looks like a jump of the clock.
    @discardableResult
    public func dropExpiredPartitions(limit: Int = 3, confirm: Bool = false) async throws -> [PartitionDrop] {
        try await rows(
            """
            SELECT table_name, partition_name, rows_dropped, outcome
              FROM domainflow.drop_expired_partitions(p_limit => \(limit)::integer, p_confirm => \(confirm)::boolean)
            """
        ) {
            PartitionDrop(
                table: try $0.get("table_name"), partition: try $0.get("partition_name"), rows: try $0.get("rows_dropped"),
                outcome: try $0.get("outcome"))
        }
    }
}

extension Duration {
    var milliseconds: Double { self / .milliseconds(1) }
}
