public struct AppliedStep: Sendable, Codable, Equatable {
    public var number: Int
    public var id: String
    public var durationMilliseconds: Double
    /// 1 unless locks or deadlocks made it try again.
    public var attempts: Int
    public var release: String?
}
