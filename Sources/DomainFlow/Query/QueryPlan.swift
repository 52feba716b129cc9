import Foundation
import PQClient

/// How PostgreSQL would run a recorded statement.
public struct QueryPlan: Sendable, Hashable {
    /// `planned`, or `not taken: …` with the reason.
    public var outcome: String
    public var lines: [String]
}
