import PQClient

/// An authorization decision to log.
public struct AuthorizationDecision: Sendable, Hashable {
    public var userID, resourceType: String
    /// nil if the action concerns the type as a whole, such as creating a resource.
    public var resourceID: String?
    public var action: String
    public var decision: DomainFlowClient.Decision
    /// Names of the policies that matched, in the order they were consulted.
    public var policies: [String]
    /// JSON objects that describe the basis of the decision and the request.
    public var context, requestContext: PostgresJSON
    public var executionTime: Duration?

    public init(
        userID: String, resourceType: String, resourceID: String?, action: String, decision: DomainFlowClient.Decision,
        policies: [String] = [],
        context: PostgresJSON = "{}", requestContext: PostgresJSON = "{}", executionTime: Duration? = nil
    ) {
        self.userID = userID
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.action = action
        self.decision = decision
        self.policies = policies
        self.context = context
        self.requestContext = requestContext
        self.executionTime = executionTime
    }
}
