// What an exploration found, as values.

/// Where sessions can be stopped.
public enum Gates: Sendable, Equatable {
    /// Before each statement inside PL/pgSQL functions, by the gate module.
    case statements(module: String)
    /// Before each statement that writes to a table, by triggers.
    case writes
    /// Between steps only.
    case steps

    var module: String? { if case .statements(let module) = self { module } else { nil } }

    public var name: String {
        switch self {
        case .statements: "statements"
        case .writes: "writes"
        case .steps: "steps"
        }
    }
}

/// Why a schedule is no good.
public enum Fault: Sendable, Hashable {
    /// Rows that must not exist were there afterwards.
    case invariant(String)
    /// No serial order of the transactions gives these results and this state.
    case notSerial
    /// What the transactions said that they read and wrote does not stand a check: the check, and what was found.
    case anomaly(String, String)
    /// A step ended with this SQLSTATE, which the scenario does not expect.
    case error(String)
    /// A session waited for a lock although none is to.
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

/// A schedule that broke a promise, shrunk.
public struct Finding: Sendable {
    public var fault: Fault
    /// The rows that must not exist, the results that no serial order gives, or the error's message.
    public var detail: String
    /// Steps of the scenario that are not needed to see it.
    public var leftOut: Set<Scenario.StepPlace> = []
    /// The session that went on, at each moment when more than one could.
    public var choices: [Int]
    /// The rows that are enough to see it, where the scenario says `:rows`.
    public var rows: Int?
    /// The fault that shows it.
    var injection: Injection?
    public var preemptions: Int
    /// How many of so many repetitions showed it again.
    public var reproduced = 0
    public var repetitions = 0
    var moves: [ScheduleRunner.Move]
    /// The statements' lines as they stand in their functions.
    var sources: [GateListener.Statement: String] = [:]
    /// By signature, the functions in which sessions stopped.
    var functions: [String: Function] = [:]

    struct Function: Sendable {
        var definition, body: String
    }

    /// What brings the same schedule back.
    public var token: String { ScheduleToken(choices: choices, leftOut: leftOut, rows: rows, injection: injection).text }
}

/// A schedule in a word: the sessions' numbers in turn, `~` and the steps left out, `@` and how many rows, `!` and a fault with the session
/// and the move it hits.
struct ScheduleToken: Equatable {
    var choices: [Int]
    var leftOut: Set<Scenario.StepPlace> = []
    var rows: Int?
    var injection: Injection?

    var text: String {
        let without = leftOut.sorted().map { "\($0.session).\($0.index)" }
        let fault = injection.map {
            "!\($0.fault.rawValue.replacing(" ", with: "_")).\($0.session).\($0.move)" + ($0.whileWaiting ? ".waiting" : "")
        }
        return choices.map(String.init).joined(separator: "-") + (without.isEmpty ? "" : "~" + without.joined(separator: "-"))
            + (rows.map { "@\($0)" } ?? "") + (fault ?? "")
    }

    init(choices: [Int], leftOut: Set<Scenario.StepPlace> = [], rows: Int? = nil, injection: Injection? = nil) {
        (self.choices, self.leftOut, self.rows, self.injection) = (choices, leftOut, rows, injection)
    }

    /// nil when the text is none.
    init?(_ text: String) {
        guard
            let parts = text.wholeMatch(of: /([-0-9]*)(?:~([-.0-9]+))?(?:@([0-9]+))?(?:!([a-z_]+)\.([0-9]+)\.([0-9]+)(\.waiting)?)?/)?
                .output
        else { return nil }
        let choices = parts.1.split(separator: "-").map { Int($0) }
        let places = (parts.2 ?? "").split(separator: "-").map { $0.split(separator: ".").map { Int($0) } }
        guard !choices.contains(nil), places.allSatisfy({ $0.count == 2 && !$0.contains(nil) }) else { return nil }
        self.choices = choices.compactMap(\.self)
        leftOut = Set(places.map { Scenario.StepPlace(session: $0[0]!, index: $0[1]!) })
        rows = parts.3.flatMap { Int($0) }
        guard let name = parts.4 else { return }
        guard let fault = InjectedFault(rawValue: String(name).replacing("_", with: " ")), let session = parts.5.flatMap({ Int($0) }),
            let move = parts.6.flatMap({ Int($0) })
        else { return nil }
        injection = Injection(fault: fault, session: session, move: move, whileWaiting: parts.7 != nil)
    }
}

/// What an exploration has covered, and what it found.
public struct ExplorationReport: Sendable {
    public var scenario: String
    public var mutant: String?
    /// The isolation level it was explored at, if the scenario names any.
    public var isolation: String?
    public var seed: UInt64
    public var seconds = 0.0
    public var schedules = 0
    /// By preemptions, as far as these were counted out one by one.
    public var byBound: [Int] = []
    /// By priorities, and at random.
    public var sampled = 0
    /// All schedules with at most so many preemptions were run; nil when not even the serial orders were.
    public var finishedBound: Int?
    /// There is no other schedule.
    public var isExhaustive = false
    /// Schedules that could not be decided; never counted as passed.
    public var inconclusive = 0
    /// How many faults of each kind were injected.
    public var injected: [InjectedFault: Int] = [:]
    /// Every fault was injected at every boundary of the serial orders and of the schedules with one preemption.
    public var isEveryBoundaryFaulted = false
    /// Where sessions can be stopped.
    public var gates = Gates.steps
    public var finding: Finding?
    public var interrupted = false

    public var held: Bool { finding == nil && inconclusive == 0 && schedules > 0 }
}
