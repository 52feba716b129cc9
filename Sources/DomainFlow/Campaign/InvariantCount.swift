/// An invariant and the number of its violations.
public struct InvariantCount: Sendable, Hashable, Encodable {
    public var name: String
    public var violations: Int
}
