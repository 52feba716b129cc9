import Foundation
import PQClient

/// Whether the audit log is what was sealed: the first difference, and what was looked at.
public struct AuditVerdict: Sendable, Hashable {
    public enum Outcome: String, Sendable {
        case verified, changed, removed
        /// A leaf at another place.
        case moved
        /// A row that was slipped in.
        case inserted
        /// The tree is shorter than it was.
        case cutOff = "cut off"
        /// The leaves fit the rows, and the tree is another one than before.
        case rebuilt
    }

    public var outcome: Outcome
    /// Where the first difference is, as far as it is known.
    public var leafIndex: Int?
    /// The decision that differs.
    public var id: UUID?
    /// Its block of 1,024 leaves.
    public var block: Int?
    public var detail: String?
    /// Number of leaves and root of the tree.
    public var size: Int
    public var root: String
    /// Rows that were compared with their leaves, and rows that cannot be judged because they are not sealed.
    public var checked, unsealed: Int
    /// Leaves whose rows retention dropped, and leaves whose values were erased.
    public var dropped, erased: Int
    /// Receipts that were compared.
    public var receipts: Int

    public var isVerified: Bool { outcome == .verified }

    init(_ row: PostgresRow) throws {
        outcome = try row.choice("outcome")
        leafIndex = try row.get("leaf_index")
        id = try row.get("id")
        block = try row.get("block")
        detail = try row.get("detail")
        size = try row.get("size")
        root = try row.get("root")
        checked = try row.get("checked")
        unsealed = try row.get("unsealed")
        dropped = try row.get("dropped")
        erased = try row.get("erased")
        receipts = try row.get("receipts")
    }
}
