import Foundation

/// A statement that was slow, over all its calls of the same shape.
public struct SlowQuery: Sendable, Hashable, Encodable {
    public var fingerprint, query: String
    public var calls: Int
    public var totalMS, meanMS, p95MS, maxMS: Double
    public var lastSeen: Date
}
