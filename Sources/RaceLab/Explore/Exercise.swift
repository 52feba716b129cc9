/// What the schedules of an exploration did: a promise that nothing could break was not tested.
public struct Exercise: Sendable, Encodable {
    /// Steps that were answered. BEGIN, COMMIT, SET and the like do not count.
    public private(set) var answered = 0
    /// Steps that ended with an error.
    public private(set) var refused = 0
    /// Statements inside steps before which a session stopped.
    public private(set) var statements = 0
    /// Rows inserted, updated or deleted, as the server counts them. Schedules are measured up to the last serial order, and for as long
    /// as none has changed a row.
    public internal(set) var rows = 0
    /// How often a session waited for a lock of another.
    public private(set) var waits = 0
    /// Two schedules led to different answers or states.
    public internal(set) var differs = false
    private var answeredSteps: Set<Scenario.StepPlace> = []
    private var stoppedSteps: Set<Scenario.StepPlace> = []

    private enum CodingKeys: String, CodingKey { case answered, refused, statements, rows, waits, differs }

    /// Why nothing was tested, in words; nil if something was.
    public var emptiness: String? {
        if answered == 0, refused > 0 { return "all \(refused) calls were refused" }
        return rows == 0 && waits == 0 && !differs ? "no schedule changed a row, and all gave the same answers" : nil
    }

    /// The steps that were answered and inside which no session ever stopped, by name: no other session could come in between.
    public func unstopped(in scenario: Scenario) -> [String] {
        answeredSteps.subtracting(stoppedSteps).sorted().map { scenario.step($0).name }
    }

    mutating func note(_ execution: ScheduleRunner.Execution) {
        for (place, result) in execution.results {
            if result.sqlState != nil {
                refused += 1
            } else if !result.isControl {
                answered += 1
                answeredSteps.insert(place)
            }
        }
        for move in execution.moves {
            if move.end == .blocked { waits += 1 }
            guard move.statement != nil else { continue }
            statements += 1
            stoppedSteps.insert(.init(session: move.session, index: move.step))
        }
    }
}
