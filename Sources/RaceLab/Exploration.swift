// What an exploration found, as values.

/// Why a schedule is no good.
public enum Fault: Sendable, Hashable {
    /// Rows that must not exist were there afterwards.
    case invariant(String)
    /// No serial order of the transactions gives these results and this state.
    case notSerial
    /// A step ended with this SQLSTATE, which the scenario does not expect.
    case error(String)
    /// A session waited for a lock although none is to.
    case waited

    public var summary: String {
        switch self {
        case .invariant(let name): "invariant '\(name)' is violated"
        case .notSerial: "no serial order gives these results"
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

    /// What brings the same schedule back: the sessions' numbers in turn, and the steps left out.
    public var token: String {
        let without = leftOut.sorted { ($0.session, $0.index) < ($1.session, $1.index) }.map { "\($0.session).\($0.index)" }
        return choices.map(String.init).joined(separator: "-") + (without.isEmpty ? "" : "~" + without.joined(separator: "-"))
    }

    /// Reads a token back; nil when it is none.
    static func parse(token: String) -> (choices: [Int], leftOut: Set<Scenario.StepPlace>)? {
        let parts = token.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
        let choices = parts[0].split(separator: "-").map { Int($0) }
        let places = parts.count < 2 ? [] : parts[1].split(separator: "-").map { $0.split(separator: ".").map { Int($0) } }
        guard !choices.contains(nil), places.allSatisfy({ $0.count == 2 && !$0.contains(nil) }) else { return nil }
        return (choices.compactMap(\.self), Set(places.map { Scenario.StepPlace(session: $0[0]!, index: $0[1]!) }))
    }
}

/// What an exploration has covered, and what it found.
public struct ExplorationReport: Sendable {
    public var scenario: String
    public var mutant: String?
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
    /// Sessions stop inside functions; otherwise only between steps.
    public var usesGates = false
    public var finding: Finding?
    public var interrupted = false

    public var held: Bool { finding == nil && inconclusive == 0 && schedules > 0 }
}
