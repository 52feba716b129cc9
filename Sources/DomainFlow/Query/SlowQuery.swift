import Foundation

/// A slow statement, with figures over all its executions; durations in milliseconds.
public struct SlowQuery: Sendable, Hashable, Encodable {
    public var fingerprint, query: String
    public var calls: Int
    public var totalMS, meanMS, p95MS, maxMS: Double
    public var lastSeen: Date
}
