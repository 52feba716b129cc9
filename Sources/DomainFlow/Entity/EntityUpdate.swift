import PQClient

/// The answer to an optimistic update: done, or the version that was in the way.
public struct EntityUpdate: Sendable, Hashable {
    public var success: Bool
    public var newVersion: Int64?
    /// The current version if it is not the expected one; nil if the row does not exist.
    public var conflictVersion: Int64?
    public var errorMessage: String?

    init(_ row: PostgresRow) throws {
        success = try row.get("success")
        newVersion = try row.get("new_version")
        conflictVersion = try row.get("conflict_version")
        errorMessage = try row.get("error_message")
    }

    static let columns = "success, new_version, conflict_version, error_message"
}
