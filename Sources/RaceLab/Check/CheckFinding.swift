/// Something that must not happen, and the transactions that did it.
public struct CheckFinding: Sendable, Equatable, Encodable {
    /// `G2-item`, `fork`, `stale read`, …
    public var name: String
    /// Lines of the history file, from 1.
    public var transactions: [Int]
    /// In one sentence, with transactions as `T12` for line 12.
    public var text: String
}
