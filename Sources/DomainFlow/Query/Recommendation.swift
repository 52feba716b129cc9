import PQClient

/// A recommendation with its evidence and the statement that carries it out.
public struct Recommendation: Sendable, Hashable {
    public var kind, object, severity: String
    public var evidence: PostgresJSON
    public var reason: String
    public var statement: String?
}
