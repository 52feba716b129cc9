/// One transition of a batch.
public struct StateMove: Sendable, Hashable {
    public var entityID: String
    public var state: String
    /// nil moves it at any version.
    public var expectedVersion: Int64?

    public init(_ entityID: String, to state: String, expectedVersion: Int64? = nil) {
        self.entityID = entityID
        self.state = state
        self.expectedVersion = expectedVersion
    }
}
