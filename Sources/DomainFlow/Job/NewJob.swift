import Foundation
import PQClient

/// One job of a batch to add.
public struct NewJob: Sendable, Hashable {
    public var kind: String
    public var payload: PostgresJSON
    public var priority: Int
    /// nil means at once.
    public var runAt: Date?

    public init(kind: String, payload: PostgresJSON = "{}", priority: Int = 0, runAt: Date? = nil) {
        self.kind = kind
        self.payload = payload
        self.priority = priority
        self.runAt = runAt
    }
}
