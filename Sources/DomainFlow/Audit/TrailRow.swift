import Foundation
import PQClient

/// A row that was written under a correlation id.
public struct TrailRow: Sendable, Hashable {
    /// nil for a row without a time of its own.
    public var happenedAt: Date?
    /// Rows with the same transaction id were written together; nil for a table that records none.
    public var transactionID: String?
    /// The table of schema `domainflow`.
    public var table: String
    /// The whole row as a JSON object.
    public var detail: PostgresJSON

    init(_ row: PostgresRow) throws {
        happenedAt = try row.get("happened_at")
        transactionID = try row.get("transaction_id")
        table = try row.get("table_name")
        detail = try row.get("detail")
    }
}
