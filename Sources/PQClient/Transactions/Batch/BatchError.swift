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
    /// All compensations that threw: their effects have to be undone by hand.
    public var failedCompensations: [CompensationFailure]
    /// If the outcome is not known: what to undo if the transaction turns out to be rolled back, the last effect first.
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
