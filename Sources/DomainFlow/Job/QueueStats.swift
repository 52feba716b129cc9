import Foundation
import PQClient

/// The numbers of jobs of one queue.
public struct QueueStats: Sendable, Hashable, Encodable {
    public var queue: String
    public var isPaused: Bool
    public var ready, waiting, running, parked, dead: Int
    /// Running jobs whose lease has run out.
    public var expired: Int
    public var oldestReadyAt: Date?
}
