/// How one step of a batch went, in its last try.
public struct BatchStep: Sendable {
    public enum Need: String, Sendable { case required, optional }

    public var name: String
    public var need: Need
    public var duration: Duration
    /// nil when it was done.
    public var error: (any Error)?
}

/// Something outside the database that is still there though its transaction, or its optional step, is not.
public struct CompensationFailure: Sendable {
    public var name: String
    public var error: any Error
}

/// A batch that was committed.
public struct BatchResult<Value: Sendable>: Sendable {
    /// What the body returned.
    public var value: Value
    /// In the order they ran; optional ones may have failed.
    public var steps: [BatchStep]
    /// Of optional steps that failed: what they did outside has to be looked after by hand.
    public var failedCompensations: [CompensationFailure]
}

/// A batch that was not committed, or whose outcome is not known.
public struct BatchError: Error, Sendable, PostgresErrorWrapper {
    /// The transaction's name.
    public var name: String?
    /// What ended it.
    public var cause: any Error
    /// The step that ended it; nil when that was COMMIT, or something between the steps.
    public var failedStep: String?
    /// The steps of the last try, in the order they ran.
    public var steps: [BatchStep]
    /// Compensations that threw, all of them: what they stand for has to be looked after by hand.
    public var failedCompensations: [CompensationFailure]
    /// With an outcome that is not known: what has to be undone if it turns out to be rolled back, the last effect first.
    public var pendingCompensations: [String]

    public var postgresError: PostgresError? { PostgresError(wrappedIn: cause) }
}

extension BatchError: CustomStringConvertible {
    public var description: String {
        var text = name.map { "batch \($0)" } ?? "the batch"
        if let failedStep { text += " failed at step \(failedStep)" } else { text += " failed" }
        text += ": \(cause)"
        for failure in failedCompensations { text += "\n  compensation \(failure.name) failed: \(failure.error)" }
        if !pendingCompensations.isEmpty {
            text += "\n  undo if it was rolled back: \(pendingCompensations.joined(separator: ", "))"
        }
        return text
    }
}
