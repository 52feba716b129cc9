/// One step that this run applied.
public struct AppliedStep: Sendable, Codable, Equatable {
    /// Nil for a repeatable step.
    public var number: Int?
    public var id: String
    public var durationMilliseconds: Double
    /// 1 unless a lock timeout, a deadlock or a serialization failure forced a retry.
    public var attempts: Int
    public var release: String?
}
