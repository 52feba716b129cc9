import PQClient

/// The answer to an optimistic update: done, or who was faster.
public struct EntityUpdate: Sendable, Hashable {
    public var success: Bool
    public var newVersion: Int64?
    /// The version that is there, when it is not the expected one; nil when the row itself is not there.
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
