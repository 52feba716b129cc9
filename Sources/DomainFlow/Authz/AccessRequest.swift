/// One decision of a batch.
public struct AccessRequest: Sendable, Hashable {
    public var subject, action: String
    public var resourceType, resourceID: String

    public init(_ subject: String, to action: String, resourceType: String, resourceID: String) {
        self.subject = subject
        self.action = action
        self.resourceType = resourceType
        self.resourceID = resourceID
    }
}
