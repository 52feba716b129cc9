import PQClient

/// Proves that a decision is a leaf of an audit tree (RFC 6962, 2.1.1). Hashes are hexadecimal.
public struct InclusionProof: Sendable, Hashable {
    public var leafIndex: Int
    /// SHA-256 of 0x00, the leaf index in 8 bytes and the receipt.
    public var leafHash: String
    /// nil when the row is gone.
    public var receipt: String?
    /// Number of leaves and root of the tree.
    public var size: Int
    public var root: String
    /// The hashes beside the path of the leaf, upwards.
    public var proof: [String]

    init(_ row: PostgresRow) throws {
        leafIndex = try row.get("leaf_index")
        leafHash = try row.get("leaf_hash")
        receipt = try row.get("receipt")
        size = try row.get("size")
        root = try row.get("root")
        proof = try row.get("proof")
    }
}
