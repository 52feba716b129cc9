import PQClient

/// An access that one revision of a model allows and the other does not.
public struct AccessDifference: Sendable, Hashable, Encodable {
    public var subject, action, resourceType, resourceID: String
    /// By the first and the second revision.
    public var wasAllowed, isAllowed: Bool

    init(_ row: PostgresRow) throws {
        subject = try row.get("subject")
        action = try row.get("action")
        resourceType = try row.get("resource_type")
        resourceID = try row.get("resource_id")
        wasAllowed = try row.get("allowed_before")
        isAllowed = try row.get("allowed_after")
    }
}
