/// A schedule that violated the scenario, made as small as the explorer could, with what people need to read and repeat it.
public struct RaceFinding: Sendable {
    /// How a schedule violated the scenario.
    public enum Violation: Sendable, Hashable {
        /// Rows that must not exist were there afterwards.
        case invariant(String)
        /// No serial order of the transactions gives these results and this state.
        case notSerial
        /// What the transactions said that they read and wrote failed a check: the check, and the anomaly.
        case anomaly(String, String)
        /// A step ended with this SQLSTATE, which the scenario does not expect.
        case error(String)
        /// A session waited for a lock although the scenario expects none to.
        case waited

        public var summary: String {
            switch self {
            case .invariant(let name): "invariant '\(name)' is violated"
            case .notSerial: "no serial order gives these results"
            case .anomaly(let check, let name): "the history is not \(check): \(name)"
            case .error(let state): "a step failed with \(state)"
            case .waited: "a session waited for a lock"
            }
        }
    }

    public var violation: Violation
    /// The rows that must not exist, the results that no serial order gives, or the error's message.
    public var detail: String
    /// Steps of the scenario that are not needed to show it.
    public var leftOut: Set<Scenario.StepPlace> = []
    /// The session that went on, at each moment when more than one could.
    public var choices: [Int]
    /// The fewest rows that show it, where the scenario says `:rows`.
    public var rows: Int?
    /// Where the sessions stopped: ``Gates/name``.
    var gates = Gates.statementsName
    /// The injected fault that shows it.
    var injection: Injection?
    public var preemptions: Int
    /// How many of the repetitions showed it again.
    public var reproduced = 0
    public var repetitions = 0
    /// Every repetition showed it again. What does not repeat depends on something besides the order of the statements.
    public var isStable: Bool { reproduced == repetitions }
    public var rate: String { "\(reproduced) of \(repetitions) repetitions showed it again" }
    var moves: [ScheduleRunner.Move]
    /// The statements' lines as they stand in their functions.
    var sources: [GateListener.Statement: String] = [:]
    /// The SQL functions of the statements that are in one.
    var signatures: [GateListener.Statement: String] = [:]
    /// What the queries that show the violation answer after it.
    var shownRows: [StepResult] = []
    /// The functions in which sessions stopped, by signature.
    var functions: [String: Function] = [:]

    /// What each step answered.
    var results: [Scenario.StepPlace: StepResult] {
        var results: [Scenario.StepPlace: StepResult] = [:]
        var current: [Int: Int] = [:]
        for move in moves {
            current[move.session] = move.step
            if case .step(let result) = move.end { results[.init(session: move.session, index: move.step)] = result }
            for released in move.released {
                guard case .step(let result) = released.end, let step = current[released.session] else { continue }
                results[.init(session: released.session, index: step)] = result
            }
        }
        return results
    }

    struct Function: Sendable {
        var definition, body: String
    }

    /// A word that `--replay` turns back into this schedule.
    public var token: String {
        ScheduleToken(choices: choices, leftOut: leftOut, rows: rows, injection: injection, gates: gates).text
    }
}

/// The name up to 0.3. Goes with the next release.
@available(*, deprecated, renamed: "RaceFinding")
public typealias Finding = RaceFinding

/// The name up to 0.3. Goes with the next release.
@available(*, deprecated, renamed: "RaceFinding.Violation")
public typealias Fault = RaceFinding.Violation

extension RaceFinding {
    /// The name up to 0.3. Goes with the next release.
    @available(*, deprecated, renamed: "violation")
    public var fault: Violation { violation }
}
