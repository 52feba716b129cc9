import PQClient

/// A fact: a subject has a relation to a resource.
public struct Relationship: Sendable, Hashable, Codable {
    /// `user:anne`, `group:eng#member`, or `user:*` for every user.
    public var subject: String
    public var relation: String
    /// Type and id: `document:1`.
    public var resource: String

    public init(_ subject: String, _ relation: String, _ resource: String) {
        self.subject = subject
        self.relation = relation
        self.resource = resource
    }
}

extension Relationship {
    /// What stands before the first colon.
    var resourceType: String { String(resource.prefix { $0 != ":" }) }
    /// What stands after it; empty without one, which the server refuses.
    var resourceID: String { String(resource.drop { $0 != ":" }.dropFirst()) }
}

extension [Relationship] {
    /// As a call takes facts; nil for none.
    var json: PostgresJSON? {
        get throws(PostgresError) { isEmpty ? nil : try PostgresJSON(encoding: self) }
    }
}
