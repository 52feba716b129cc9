/// Why a decision is what it is. The server may have reasons that this release does not know, so a `switch` needs a `default`.
public struct AccessReason: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// Allowed: the subject has the relation.
    public static let relation = AccessReason(rawValue: "relation")
    /// Allowed by a policy, without the relation.
    public static let policy = AccessReason(rawValue: "policy")
    /// Denied: neither a relation nor a policy allows it.
    public static let noRelation = AccessReason(rawValue: "no_relation")
    /// Denied by a policy, whatever else allows it.
    public static let denyPolicy = AccessReason(rawValue: "deny_policy")
    /// Denied: the condition of a policy could not be decided.
    public static let policyError = AccessReason(rawValue: "policy_error")
    /// Denied: the scopes of the context do not cover it.
    public static let scope = AccessReason(rawValue: "scope")

    public var description: String { rawValue }

    public init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
