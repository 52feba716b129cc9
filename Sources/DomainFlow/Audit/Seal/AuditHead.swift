import Foundation
import PQClient

/// A head of the audit tree, to be kept outside the database. Its JSON is that of `to_jsonb(audit_head())`.
public struct AuditHead: Sendable, Hashable, Codable {
    /// Heads are numbered without gaps.
    public var number: Int64
    /// Number of leaves.
    public var size: Int
    /// SHA-256 in hexadecimal.
    public var root: String
    public var sealedAt: Date
    /// Identifies the database server that sealed it.
    public var system: String
    /// Hashes of each 1,024 leaves, in hexadecimal; nil when they were left out.
    public var blocks: [String]?

    enum CodingKeys: String, CodingKey {
        case number, size, root, system, blocks
        case sealedAt = "sealed_at"
    }

    init(_ row: PostgresRow) throws {
        number = try row.get("number")
        size = try row.get("size")
        root = try row.get("root")
        sealedAt = try row.get("sealed_at")
        system = try row.get("system")
        blocks = try row.get("blocks")
    }
}
