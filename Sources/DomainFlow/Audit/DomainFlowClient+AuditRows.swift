import Foundation
import PQClient

/// The record of rows, and reading the logs. The logs are read by auditors, on the primary; each read is itself recorded, with its purpose
/// (at most 1,000 characters; nil: setting `domainflow.purpose` of the session).
extension DomainFlowClient {
    /// Records every change of the rows of a table from now on, in the transaction of the change. Returns the signature of the trigger
    /// function. Call it again to change a choice, or after a partition was attached. It is for the owner of the table.
    ///
    /// - Parameters:
    ///   - columns: those that are recorded beside the primary key; nil: all.
    ///   - redact: columns whose values never reach the log, only whether they changed.
    ///   - onlyChanged: an update records the columns whose values differ, and nothing when none does.
    ///
    /// `SYS_UNSUPPORTED` for what is no table or a partition, `VAL_UNKNOWN_FIELD` for an unknown column, `AUTH_FORBIDDEN` for somebody
    /// else's table.
    @discardableResult
    public func auditTable(
        _ table: String, columns: [String]? = nil, redact: [String] = [], onlyChanged: Bool = true
    ) async throws -> String {
        try await value(
            """
            SELECT domainflow.audit_table(
                p_table => \(table)::regclass, p_columns => \(columns)::text[], p_redact => \(redact)::text[],
                p_only_changed => \(onlyChanged)::boolean)
            """)
    }

    /// Stops recording the changes of a table; what was recorded stays. A table that was dropped is given by its number.
    public func unauditTable(_ table: String) async throws {
        _ = try await query("SELECT domainflow.unaudit_table(p_table => \(table)::regclass)")
    }

    /// Recorded changes of the last `hoursBack` hours, newest first, at most `limit`. Filters that are nil match everything.
    ///
    /// - Parameters:
    ///   - table: with its schema, as it was called at the time.
    ///   - key: the whole primary key, such as `{"id": 7}`; it goes with a table.
    public func rowChanges(
        table: String? = nil, key: PostgresJSON? = nil, actor: String? = nil, correlationID: String? = nil, hoursBack: Double = 24,
        limit: Int = 100, purpose: String? = nil
    ) async throws -> [RowChange] {
        try await rows(
            """
            SELECT id, changed_at, operation, schema_name, table_name, partition_name, key, new_key, old, new, redacted, estimated_rows,
                   moved_from, actor, correlation_id, transaction_id::text, session_role, effective_role, backend_pid, application_name
              FROM domainflow.get_row_changes(
                  p_table => \(table)::text, p_key => \(key)::jsonb, p_actor => \(actor)::text, p_correlation_id => \(correlationID)::text,
                  p_hours_back => \(hoursBack)::double precision, p_limit => \(limit)::integer, p_purpose => \(purpose)::text)
            """, RowChange.init)
    }

    /// Everything that was written under a correlation id, in all rooms, in order of time, at most `limit` rows.
    public func trail(correlationID: String, limit: Int = 1000, purpose: String? = nil) async throws -> [TrailRow] {
        try await rows(
            """
            SELECT happened_at, transaction_id::text, table_name, detail
              FROM domainflow.trail(
                  p_correlation_id => \(correlationID)::text, p_limit => \(limit)::integer, p_purpose => \(purpose)::text)
            """, TrailRow.init)
    }

    /// Patterns in the decisions of the last `hoursBack` hours that somebody should look at, newest first.
    ///
    /// - Parameters:
    ///   - spike: how many times the user's usual hour an hour has, with 100 decisions or more.
    ///   - resources: how many resources of one type a sweep reaches within five minutes.
    ///   - denials: how often an action was refused before it was allowed, within an hour.
    public func suspiciousAccess(
        hoursBack: Double = 24, spike: Double = 10, resources: Int = 50, denials: Int = 3, purpose: String? = nil
    ) async throws -> [SuspiciousAccess] {
        try await rows(
            """
            SELECT pattern, user_id, first_at, last_at, decisions, evidence
              FROM domainflow.suspicious_access(
                  p_hours_back => \(hoursBack)::double precision, p_spike => \(spike)::double precision,
                  p_resources => \(resources)::integer, p_denials => \(denials)::integer, p_purpose => \(purpose)::text)
            """, SuspiciousAccess.init)
    }

    /// The rows of the logs after a cursor, as events; empty when there are no more yet. Each committed row comes once; none is skipped.
    ///
    /// Keep the cursor of the last event that was processed. After a restore or a promotion it is refused (`VAL_INVALID_ARGUMENT`):
    /// then begin without one, at a time before the last event, and pass over what is known by `metadata.uid`.
    ///
    /// - Parameters:
    ///   - limit: at most 10,000.
    ///   - from: the time of the first event, for a call without a cursor.
    public func exportAudit(
        after cursor: String? = nil, limit: Int = 1000, from: Date? = nil, purpose: String? = nil
    ) async throws -> [ExportedEvent] {
        try await rows(
            """
            SELECT next_cursor, event
              FROM domainflow.export_audit(
                  p_after_cursor => \(cursor)::text, p_limit => \(limit)::integer, p_from => \(from)::timestamptz,
                  p_purpose => \(purpose)::text)
            """, ExportedEvent.init)
    }

    /// What protects the logs and the record of each audited table, and whether it holds; what does not hold comes first.
    public func auditGuardStatus() async throws -> [GuardStatus] {
        try await rows("SELECT object, guard, holds, found FROM domainflow.audit_guard_status()", GuardStatus.init)
    }
}
