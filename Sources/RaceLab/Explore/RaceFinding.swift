/// A schedule that broke a promise, shrunk.
public struct RaceFinding: Sendable {
    public var fault: Violation
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

/// The name up to 0.3. Goes with the next release.
@available(*, deprecated, renamed: "RaceFinding")
public typealias Finding = RaceFinding
