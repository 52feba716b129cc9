/// A batch that was committed.
public struct BatchResult<Value: Sendable>: Sendable {
    /// What the body returned.
    public var value: Value
    /// In the order they ran; optional ones may have failed.
    public var steps: [BatchStep]
    /// Of optional steps that failed: what they did outside has to be looked after by hand.
    public var failedCompensations: [CompensationFailure]
}
