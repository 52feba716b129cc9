import Foundation
import PQClient

/// The jobs of one queue, counted.
public struct QueueStats: Sendable, Hashable, Encodable {
    public var queue: String
    public var isPaused: Bool
    public var ready, waiting, running, parked, dead: Int
    /// Running ones whose lease has run out.
    public var expired: Int
    public var oldestReadyAt: Date?
}
