import PQClient

/// Advice with its evidence and the statement that follows it.
public struct Recommendation: Sendable, Hashable {
    public var kind, object, severity: String
    public var evidence: PostgresJSON
    public var reason: String
    public var statement: String?
}
