/// The steps of a source in order, and its lock.
public struct StepSet: Sendable {
    public let steps: [Step]
    public let lock: ReleaseLock

    /// What runs before each step: the newest step that brings a prelude says it.
    func prelude() throws(MigrationError) -> [SQLStatement] {
        guard let step = steps.last(where: { $0.prelude != nil }), let text = step.preludeText else { return [] }
        var expander = Expander { (_) throws(MigrationError) in nil }
        try expander.expand(SourceText(file: step.prelude ?? "", text: text))
        return try StatementSplitter.split(expander.expanded)
    }

    public subscript(number: Int) -> Step? {
        var (low, high) = (0, steps.count)
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < steps.count && steps[low].number == number ? steps[low] : nil
    }
}
