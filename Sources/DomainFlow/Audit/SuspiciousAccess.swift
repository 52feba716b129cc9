import Foundation
import PQClient

/// A pattern in the decisions about a user that somebody should look at. It is a question, not a verdict.
public struct SuspiciousAccess: Sendable, Hashable {
    /// `spike`, `sweep` or `denied then allowed`.
    public var pattern: String
    public var userID: String
    /// The first and the last of its decisions.
    public var firstAt, lastAt: Date
    public var decisions: Int
    /// A JSON object with what the pattern was found in.
    public var evidence: PostgresJSON

    init(_ row: PostgresRow) throws {
        pattern = try row.get("pattern")
        userID = try row.get("user_id")
        firstAt = try row.get("first_at")
        lastAt = try row.get("last_at")
        decisions = try row.get("decisions")
        evidence = try row.get("evidence")
    }
}
