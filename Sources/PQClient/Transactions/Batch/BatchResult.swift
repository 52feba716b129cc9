/// A batch that was committed.
public struct BatchResult<Value: Sendable>: Sendable {
    /// What the body returned.
    public var value: Value
    /// In the order they ran; optional ones may have failed.
    public var steps: [BatchStep]
    /// Compensations of optional steps that threw: their effects outside the database have to be undone by hand.
    public var failedCompensations: [CompensationFailure]
}
