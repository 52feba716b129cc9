import Foundation

/// Where an entity was at a moment.
public struct StateAtMoment: Sendable, Hashable {
    public var state: String
    public var version: Int64
    /// When it came into that state.
    public var occurredAt: Date
}
