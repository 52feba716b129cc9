import PQClient

/// A row of the logs as an event for another system.
public struct ExportedEvent: Sendable, Hashable {
    /// Goes on after this event.
    public var nextCursor: String
    /// A JSON object of the Open Cybersecurity Schema Framework, version 1.3.0. Its `metadata.uid` is the id of the row.
    public var event: PostgresJSON

    init(_ row: PostgresRow) throws {
        nextCursor = try row.get("next_cursor")
        event = try row.get("event")
    }
}
