import PQClient

/// Proves that an earlier audit tree is the beginning of a later one (RFC 6962, 2.1.2). Hashes are hexadecimal.
public struct ConsistencyProof: Sendable, Hashable {
    public var oldSize: Int
    public var oldRoot: String
    public var newSize: Int
    public var newRoot: String
    public var proof: [String]

    init(_ row: PostgresRow) throws {
        oldSize = try row.get("old_size")
        oldRoot = try row.get("old_root")
        newSize = try row.get("new_size")
        newRoot = try row.get("new_root")
        proof = try row.get("proof")
    }
}
