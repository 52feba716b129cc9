/// The steps of a source in order, and its lock.
public struct StepSet: Sendable {
    public internal(set) var steps: [Step]
    /// In the order of their names.
    public internal(set) var repeatable: [Step] = []
    public let lock: ReleaseLock
    private var values: [String: String]?

    init(steps: [Step], repeatable: [Step], lock: ReleaseLock) {
        self.steps = steps
        self.repeatable = repeatable
        self.lock = lock
    }

    /// With values for the placeholders of steps, down files and verify statements. Refuses a value that no step asks for: its name is
    /// probably misspelt. A placeholder without a value is refused when its step is about to run.
    func bound(to values: [String: String]) throws(MigrationError) -> StepSet {
        let unknown = values.isEmpty ? [] : Set(values.keys).subtracting((steps + repeatable).flatMap(\.placeholders))
        if let name = unknown.min() {
            throw MigrationError(
                .badInput, "no step has the placeholder :'\(name)' or :\"\(name)\"", hint: "leave out --set \(name)=…, or correct its name")
        }
        var set = self
        set.values = values
        set.steps = steps.map { $0.bound(to: values) }
        set.repeatable = repeatable.map { $0.bound(to: values) }
        return set
    }

    /// What runs before each step: the newest step that brings a prelude says it.
    func prelude() throws(MigrationError) -> [SQLStatement] {
        guard let step = steps.last(where: { $0.prelude != nil }), let text = step.preludeText else { return [] }
        var expander = Expander { (_) throws(MigrationError) in nil }
        try expander.expand(SourceText(file: step.prelude ?? "", text: text))
        return try StatementSplitter.split(expander.expanded).map { (statement) throws(MigrationError) in
            try values.map { (values) throws(MigrationError) in try statement.bound(to: values) } ?? statement
        }
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
