import PQClient

/// A guard of a log or of an audited table, and whether it holds.
public struct GuardStatus: Sendable, Hashable {
    /// The table that it guards, schema included.
    public var object: String
    /// What should hold.
    public var name: String
    public var holds: Bool
    /// What was found in its place; nil when it holds.
    public var found: String?

    init(_ row: PostgresRow) throws {
        object = try row.get("object")
        name = try row.get("guard")
        holds = try row.get("holds")
        found = try row.get("found")
    }
}
