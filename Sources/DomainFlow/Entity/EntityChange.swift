import PQClient

/// One update of a batch.
public struct EntityChange<Key: PostgresEncodable>: Sendable {
    public var id: Key
    public var expectedVersion: Int64
    /// The columns to set, as a JSON object.
    public var newData: PostgresJSON

    public init(id: Key, expectedVersion: Int64, newData: PostgresJSON) {
        self.id = id
        self.expectedVersion = expectedVersion
        self.newData = newData
    }
}
