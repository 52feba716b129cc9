import Foundation
import PQClient

/// A recorded change of a row of an audited table, or what ended or began its record.
public struct RowChange: Sendable, Hashable {
    /// `audit` and `unaudit`: from here on changes are recorded, or are not.
    public enum Operation: String, Sendable {
        case insert = "INSERT"
        case update = "UPDATE"
        case delete = "DELETE"
        case truncate = "TRUNCATE"
        case audit = "AUDIT"
        case unaudit = "UNAUDIT"
    }

    /// Ascends within a row of the table, and within a transaction.
    public var id: Int64
    public var changedAt: Date
    public var operation: Operation
    /// The table as it was called at the time.
    public var schema, table: String
    /// The partition, schema included, when the table is partitioned.
    public var partition: String?
    /// Primary key before the change; nil when the table has none.
    public var key: PostgresJSON?
    /// Primary key after the change, when an update changed it.
    public var newKey: PostgresJSON?
    /// JSON objects with the values before and after: of all columns, or of those that an update changed.
    public var old, new: PostgresJSON?
    /// The columns whose values are not recorded, and whether this change was one of them.
    public var redacted: PostgresJSON?
    /// A truncation: rows that went, as the planner estimated.
    public var estimatedRows: Int?
    /// An insert: id of the deletion by which the row left another partition in the same command.
    public var movedFrom: Int64?
    /// Setting `domainflow.actor` of the session: what the application says; not proven.
    public var actor: String?
    public var correlationID: String?
    /// Rows with the same transaction id were written together.
    public var transactionID: String
    /// The database role that logged in, and the role that was in effect.
    public var sessionRole, effectiveRole: String
    public var backendPID: Int32
    public var applicationName: String

    init(_ row: PostgresRow) throws {
        id = try row.get("id")
        changedAt = try row.get("changed_at")
        operation = try row.choice("operation")
        schema = try row.get("schema_name")
        table = try row.get("table_name")
        partition = try row.get("partition_name")
        key = try row.get("key")
        newKey = try row.get("new_key")
        old = try row.get("old")
        new = try row.get("new")
        redacted = try row.get("redacted")
        estimatedRows = try row.get("estimated_rows")
        movedFrom = try row.get("moved_from")
        actor = try row.get("actor")
        correlationID = try row.get("correlation_id")
        transactionID = try row.get("transaction_id")
        sessionRole = try row.get("session_role")
        effectiveRole = try row.get("effective_role")
        backendPID = try row.get("backend_pid")
        applicationName = try row.get("application_name")
    }
}
