/// What became of a month's partition.
public struct PartitionChange: Sendable, Hashable {
    public var table: String
    /// nil for a table that was left for the next call.
    public var partition: String?
    /// Rows that moved from the default partition into the new one.
    public var rowsMoved: Int
    public var outcome: String
}
