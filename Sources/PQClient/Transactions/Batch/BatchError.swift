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
