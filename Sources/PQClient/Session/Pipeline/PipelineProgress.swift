/// Assigns the answers of a pipeline to its statements. Pure: steps sent and answers received go in, outcomes come out.
///
/// The server answers in order: for each step a result and then its end, and for the end of a unit a mark. After an error it skips
/// everything up to the next mark.
struct PipelineProgress<Value> {
    enum Step: Equatable {
        case prepare(Int)
        case execute(Int)
        case endUnit
    }

    enum Answer {
        case value(Value)
        case error(PostgresError)
        case skipped
        case unitEnded
    }

    private(set) var outcomes: [Result<Value, PostgresError>?]
    /// Statements before this one belong to units whose end the server has confirmed.
    private(set) var confirmed = 0
    /// The first error of all.
    private(set) var firstError: PostgresError?
    private var steps: [Step] = []
    private var head = 0
    private var isAnswered = false
    private var failed: Int?
    private var lastRead = -1
    private var unitsSent = 0
    private var unitsRead = 0

    init(count: Int) { outcomes = Array(repeating: nil, count: count) }

    /// The step that the next answer belongs to; nil if all steps have been answered.
    var current: Step? { head < steps.count ? steps[head] : nil }
    /// The unit that is being sent has failed already: the server would skip the rest.
    var isUnitLost: Bool { failed != nil && unitsRead == unitsSent }
    var isInsideUnit: Bool { steps.last.map { $0 != .endUnit } ?? false }

    mutating func sent(_ step: Step) {
        if step == .endUnit { unitsSent += 1 }
        steps.append(step)
    }

    /// Gives the statement an error as its outcome, unless it has one already: the first error counts.
    mutating func settle(_ statement: Int, _ error: PostgresError) {
        if outcomes[statement] == nil { outcomes[statement] = .failure(error) }
        firstError = firstError ?? error
    }

    /// The statement is not run because of an error before it.
    mutating func skip(_ statement: Int) {
        guard outcomes[statement] == nil else { return }
        let cause = (failed ?? statement) + 1
        outcomes[statement] = .failure(
            PostgresError(
                .server, "not run: statement \(cause) of the pipeline failed before it", sqlState: "25P02",
                detail: failed.flatMap { outcomes[$0]?.failure?.message }))
    }

    /// False if the answer matches nothing that was sent.
    mutating func receive(_ answer: Answer) -> Bool {
        guard let step = current else { return false }
        isAnswered = true
        switch (step, answer) {
        case (.endUnit, .unitEnded):
            head += 1
            unitsRead += 1
            isAnswered = false
            failed = nil
            confirmed = lastRead + 1
        case (.endUnit, .error(let error)):
            // A deferred constraint: the transaction failed at its end.
            guard lastRead >= 0 else { return false }
            failed = lastRead
            outcomes[lastRead] = .failure(error)
            firstError = firstError ?? error
        case (.prepare, .value): break
        case (.execute(let statement), .value(let value)):
            lastRead = statement
            if outcomes[statement] == nil { outcomes[statement] = .success(value) }
        case (.prepare(let statement), .error(let error)), (.execute(let statement), .error(let error)):
            lastRead = statement
            failed = failed ?? statement
            settle(statement, error)
        case (.prepare(let statement), .skipped), (.execute(let statement), .skipped):
            lastRead = statement
            skip(statement)
        default: return false
        }
        return true
    }

    /// The answer to a step is complete. False if there was none.
    mutating func endAnswer() -> Bool {
        guard isAnswered else { return false }
        isAnswered = false
        if current != .endUnit { head += 1 }
        return true
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
