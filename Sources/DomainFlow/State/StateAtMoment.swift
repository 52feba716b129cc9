import Foundation

/// The state of an entity at a moment.
public struct StateAtMoment: Sendable, Hashable {
    public var state: String
    public var version: Int64
    /// The time at which it entered that state.
    public var occurredAt: Date
}
