import Foundation
import PQClient

/// What retention did with a partition or a table.
public struct PartitionDrop: Sendable, Hashable {
    public var table: String
    /// nil when the outcome is about the table.
    public var partition: String?
    /// nil when nothing was dropped.
    public var rows: Int?
    /// `dropped`, or `left: …` or `stopped: …` with the reason.
    public var outcome: String
}
