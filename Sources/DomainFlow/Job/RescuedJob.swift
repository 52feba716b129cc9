/// A job whose worker let its lease run out, and what became of it.
public struct RescuedJob: Sendable, Hashable {
    public var queue: String
    public var id: Int64
    /// `.retry` or `.dead`.
    public var outcome: DomainFlowClient.FailureOutcome
}
