/// Something that must never be, counted.
public struct InvariantCount: Sendable, Hashable, Encodable {
    public var name: String
    public var violations: Int
}
