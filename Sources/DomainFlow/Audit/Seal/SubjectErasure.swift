import PQClient

/// What the erasure of a user did.
public struct SubjectErasure: Sendable, Hashable {
    /// Decisions whose values it removed.
    public var erased: Int
    /// Decisions of the user that are not sealed yet, and stay.
    public var unsealed: Int

    init(_ row: PostgresRow) throws {
        erased = try row.get("erased")
        unsealed = try row.get("unsealed")
    }
}
