/// A job whose lease ran out, and its outcome.
public struct RescuedJob: Sendable, Hashable {
    public var queue: String
    public var id: Int64
    /// `.retry` or `.dead`.
    public var outcome: DomainFlowClient.FailureOutcome
}
