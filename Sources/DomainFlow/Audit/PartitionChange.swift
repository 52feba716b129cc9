/// The outcome for the partition of a month.
public struct PartitionChange: Sendable, Hashable {
    public var table: String
    /// nil for a table that was left to the next call.
    public var partition: String?
    /// Rows that moved from the default partition into the new one.
    public var rowsMoved: Int
    public var outcome: String
}
