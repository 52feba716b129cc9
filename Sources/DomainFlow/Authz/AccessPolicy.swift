/// A policy above an authorization model: it allows or denies actions where its condition holds. Deny overrides allow.
public struct AccessPolicy: Sendable, Hashable, Encodable {
    public enum Effect: String, Sendable, Hashable, Codable { case allow, deny }

    public var name: String
    public var effect: Effect
    public var resourceType: String
    /// Relations of the type.
    public var actions: [String]
    /// A jsonpath predicate over the context of the call, such as `$.amount < 1000`; nil holds always. One that errs or is null denies.
    public var condition: String?
    public var description: String?

    public init(
        _ name: String, _ effect: Effect, resourceType: String, actions: [String], condition: String? = nil, description: String? = nil
    ) {
        self.name = name
        self.effect = effect
        self.resourceType = resourceType
        self.actions = actions
        self.condition = condition
        self.description = description
    }
}
