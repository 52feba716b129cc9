/// What ``DomainFlowClient/rebuildGenerated()`` made, dropped, or could not make.
public struct RebuiltObject: Sendable, Hashable {
    /// `entity`, or `function` for one that no entity needs any more.
    public var kind: String
    public var name: String
    /// `made`, `dropped`, or the reason why it could not be made.
    public var outcome: String
}
