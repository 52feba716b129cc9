/// What one row of an answer says that its transaction read or wrote: columns `race_key`, `race_read` and `race_write`.
struct RecordedAccess: Sendable, Hashable, Codable {
    var key: String
    var read, write: Int64?
}
