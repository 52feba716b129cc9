/// Judges a schedule that was run: what it led to, and how it violated the scenario, if it did.
///
/// Looks for an unexpected error first, then for a violated invariant, a failed check of the history, and a wait. What passes can then be
/// compared with the outcomes of serial orders.
struct ScheduleJudge {
    /// What a schedule led to: what each step answered, and the state that the scenario observes.
    struct Outcome: Hashable, Sendable {
        var results: [Scenario.StepPlace: StepResult]
        var state: String

        /// As if these steps had not been seen.
        func without(_ places: Set<Scenario.StepPlace>) -> Outcome {
            places.isEmpty ? self : Outcome(results: results.filter { !places.contains($0.key) }, state: state)
        }
    }

    /// A violation and what shows it: rows, results or a message.
    typealias Evidence = (violation: RaceFinding.Violation, detail: String)

    private let scenario: Scenario
    private let control: LabConnection
    private let gates: Gates

    init(_ scenario: Scenario, control: LabConnection, gates: Gates) throws {
        self.scenario = scenario
        self.control = control
        self.gates = gates
        let broken = scenario.invariants.enumerated().map { "CASE WHEN EXISTS (\($1.sql)) THEN \($0) END" }
        let observed = scenario.observations.map { "(SELECT string_agg(o::text, E'\\n' ORDER BY o::text) FROM (\($0)) AS o)" }
        try control.prepare(
            "judge",
            "SELECT concat_ws(',', \((broken.isEmpty ? ["NULL"] : broken).joined(separator: ", "))),"
                + " concat_ws(E'\\n--\\n', \((observed.isEmpty ? ["NULL"] : observed).joined(separator: ", ")))")
    }

    /// The same judge on another connection.
    func again(_ control: LabConnection) throws -> ScheduleJudge {
        try ScheduleJudge(scenario, control: control, gates: gates)
    }

    /// The outcome of a run, and the first violation that shows without comparing it with serial orders.
    func judge(_ execution: ScheduleRunner.Execution) throws -> (outcome: Outcome, found: Evidence?) {
        let answer = control.run(prepared: "judge")
        guard !answer.isError else { throw RaceError("an invariant or observe failed: \(answer.text)") }
        let outcome = Outcome(results: execution.results, state: answer.value(0, 1) ?? "")
        let unexpected = execution.results.filter { place, result in
            result.sqlState.map { !mayFail($0) } ?? false && !execution.isInterrupted(place) && !isConsequence(place, execution)
        }
        if let unexpected = unexpected.min(by: { $0.key < $1.key }) {
            return (outcome, (.error(unexpected.value.sqlState ?? ""), unexpected.value.message ?? ""))
        }
        if let broken = answer.value(0, 0)?.split(separator: ",").first.flatMap({ Int($0) }) {
            let invariant = scenario.invariants[broken]
            return (outcome, (.invariant(invariant.name), rows(of: invariant.sql)))
        }
        if let failed = try failedCheck(of: execution) { return (outcome, failed) }
        if scenario.expectation.isNonblocking, execution.moves.contains(where: { $0.end == .blocked }) {
            return (outcome, (.waited, ""))
        }
        return (outcome, nil)
    }

    /// Whether a step may end with this SQLSTATE. Above READ COMMITTED a serialization failure is part of what the level promises.
    private func mayFail(_ sqlState: String) -> Bool {
        scenario.expectation.errors.contains(sqlState)
            || (sqlState == "40001" && (scenario.isolation ?? "read committed") != "read committed")
    }

    /// Whether a step was refused because an earlier one of its transaction had ended with an error that may be.
    private func isConsequence(_ place: Scenario.StepPlace, _ execution: ScheduleRunner.Execution) -> Bool {
        guard execution.results[place]?.sqlState == "25P02" else { return false }
        return execution.results.contains { other, result in
            other.session == place.session && other.index < place.index
                && execution.transactions[other] == execution.transactions[place] && result.sqlState.map(mayFail) ?? false
        }
    }

    private func rows(of sql: String) -> String {
        let rows = control.run("\(sql) LIMIT 3")
        return rows.hasRows ? rows.table : control.run(sql).table
    }

    /// The first of the scenario's checks that the history of a schedule fails, and how.
    private func failedCheck(of execution: ScheduleRunner.Execution) throws(RaceError) -> Evidence? {
        guard !scenario.checks.isEmpty else { return nil }
        let (history, names) = execution.history(of: scenario)
        // Nothing may be known of transactions that were broken off.
        if history.accessCount == 0, execution.results.values.contains(where: { $0.sqlState != nil }) { return nil }
        for (check, findings) in try history.check(scenario.checks) {
            guard let finding = findings.first.first else { continue }
            let legend = names.enumerated().map { "T\($0 + 1) is \($1)" }.joined(separator: ", ")
            return (.anomaly(check.name, finding.name), "\(finding.text)\n\(legend)")
        }
        return nil
    }

    /// Restores the state that the setup left.
    func reset() throws {
        let scripts = scenario.resets.isEmpty ? scenario.teardowns + scenario.setups : scenario.resets
        for script in scripts {
            let done = control.run(script)
            guard !done.isError else { throw RaceError("\(scenario.resets.isEmpty ? "teardown or setup" : "reset") failed: \(done.text)") }
        }
        // Tables that were created again have no triggers.
        if gates == .writes, scenario.resets.isEmpty, let problem = TriggerGates.install(on: control) {
            throw RaceError("gates: \(problem)")
        }
    }
}

// MARK: Comparing with serial orders

extension ScheduleJudge {
    /// Whether some serial order of the transactions gives this outcome; nil if one does.
    ///
    /// Transactions that ended with an error have not happened: the others must be as in a serial order without them. A transaction that a
    /// fault broke off may have happened if nobody was told.
    ///
    /// - Parameter serialOutcomes: the outcomes of all serial orders without some steps.
    func compare(
        _ execution: ScheduleRunner.Execution, _ outcome: Outcome, leavingOut: Set<Scenario.StepPlace>,
        serialOutcomes: (_ leavingOut: Set<Scenario.StepPlace>) throws -> Set<Outcome>
    ) throws -> Evidence? {
        var undone: Set<[Int]> = []
        for (place, result) in outcome.results where result.sqlState.map(mayFail) ?? false {
            undone.insert([place.session, execution.transactions[place] ?? -1])
        }
        let failed = Set(outcome.results.keys.filter { undone.contains([$0.session, execution.transactions[$0] ?? -1]) })
        var reported: Evidence?
        for (absent, unseen) in readings(of: execution, failed: failed, leavingOut: leavingOut) {
            let expected = try serialOutcomes(absent)
            var rest = outcome.without(absent.union(unseen))
            let seen = unseen.isEmpty ? expected : Set(expected.map { $0.without(unseen) })
            if seen.contains(rest) { return nil }
            reported = reported ?? (.notSerial, describe(rest, expected: seen))
            // A step that may be empty has done nothing, so it may be left out; the fewer the better.
            let empty = rest.results.filter { scenario.expectation.mayBeEmpty.contains($0.key) && $0.value.isEmpty }.map(\.key)
            for left in Self.subsets(of: empty.sorted()) {
                rest = outcome.without(absent.union(unseen).union(left))
                let others = try serialOutcomes(absent.union(left))
                if others.contains(where: { $0.without(unseen) == rest }) { return nil }
            }
        }
        return reported
    }

    /// What may have happened: the steps that have not, and the steps that have although nobody saw their answers.
    private func readings(
        of execution: ScheduleRunner.Execution, failed: Set<Scenario.StepPlace>, leavingOut: Set<Scenario.StepPlace>
    ) -> [(absent: Set<Scenario.StepPlace>, unseen: Set<Scenario.StepPlace>)] {
        var readings = [(absent: leavingOut.union(failed), unseen: Set<Scenario.StepPlace>())]
        for (session, interruption) in execution.interruptions.sorted(by: { $0.key < $1.key }) {
            let steps = scenario.sessions[session].steps.indices.map { Scenario.StepPlace(session: session, index: $0) }
            let later = Set(steps.filter { (execution.transactions[$0] ?? .max) > interruption.transaction })
            let own = Set(steps.filter { execution.transactions[$0] == interruption.transaction })
            readings = readings.flatMap { reading in
                let undone = (reading.absent.union(later).union(own), reading.unseen)
                let done = (reading.absent.union(later), reading.unseen.union(own))
                return interruption.isUnknown && !own.isEmpty ? [undone, done] : [undone]
            }
        }
        return readings
    }

    /// All but the empty one, smaller ones first.
    private static func subsets(of places: [Scenario.StepPlace]) -> [Set<Scenario.StepPlace>] {
        guard !places.isEmpty else { return [] }
        return (1..<(1 << min(places.count, 10))).map { bits in
            Set(places.indices.filter { $0 < 10 && bits & (1 << $0) != 0 }.map { places[$0] })
        }.sorted { $0.count < $1.count }
    }

    private func describe(_ outcome: Outcome, expected: Set<Outcome>) -> String {
        func line(_ outcome: Outcome) -> String {
            let steps = outcome.results.sorted { $0.key < $1.key }
                .map { "\(scenario.step($0.key).name): \($0.value.summary)" }
            return (steps + (outcome.state.isEmpty ? [] : ["state: \(outcome.state)"])).joined(separator: "; ")
        }
        let serial = expected.map(line).sorted()
        return "this schedule gives   \(line(outcome))\n"
            + serial.prefix(4).map { "a serial order gives  \($0)\n" }.joined()
            + (serial.count > 4 ? "and \(serial.count - 4) other outcomes\n" : "")
    }
}
