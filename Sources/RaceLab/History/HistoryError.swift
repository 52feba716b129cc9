import Foundation

// Histories are never sampled: every operation of every client is written, to a buffered file of the client's own while the run goes
// on, and merged by start into one file when it is over.

/// What could not be written or read, and where.
public struct HistoryError: Error, CustomStringConvertible {
    public var path: String
    public var reason: String
    public var description: String { "history \(path): \(reason)" }
}
