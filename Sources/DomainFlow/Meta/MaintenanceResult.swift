import PQClient

/// What came of one piece of the periodic work.
public struct MaintenanceResult: Sendable, Hashable, Encodable {
    public var task: String
    /// `done`, or why not.
    public var outcome: String
    public var count: Int
    public var milliseconds: Double
}
