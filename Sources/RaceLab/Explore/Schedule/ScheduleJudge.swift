import Foundation

extension Scenario {
    /// A step may end with this SQLSTATE. Above READ COMMITTED a serialization failure is what the level promises.
    func mayFail(_ sqlState: String) -> Bool {
        expectation.errors.contains(sqlState) || (sqlState == "40001" && (isolation ?? "read committed") != "read committed")
    }
}

/// Looks at the database after a schedule: invariants, and the state to compare.
struct ScheduleJudge {
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

    /// The same on another connection.
    func again(_ control: LabConnection) throws -> ScheduleJudge {
        try ScheduleJudge(scenario, control: control, gates: gates)
    }

    /// The outcome, and the first fault that can be told without comparing it.
    func judge(_ execution: ScheduleRunner.Execution) throws -> (outcome: ScheduleOutcome, fault: (Violation, String)?) {
        let answer = control.run(prepared: "judge")
        guard !answer.isError else { throw RaceError("an invariant or observe failed: \(answer.text)") }
        let outcome = ScheduleOutcome(results: execution.results, state: answer.value(0, 1) ?? "")
        let unexpected = execution.results.first { place, result in
            result.sqlState.map { !scenario.mayFail($0) } ?? false && !execution.isInterrupted(place)
        }
        if let unexpected {
            return (outcome, (.error(unexpected.value.sqlState ?? ""), unexpected.value.message ?? ""))
        }
        if let broken = answer.value(0, 0)?.split(separator: ",").first.flatMap({ Int($0) }) {
            let invariant = scenario.invariants[broken]
            return (outcome, (.invariant(invariant.name), rows(of: invariant.sql)))
        }
        if let broken = try scenario.brokenCheck(in: execution) { return (outcome, broken) }
        if scenario.expectation.isNonblocking, execution.moves.contains(where: { $0.end == .blocked }) {
            return (outcome, (.waited, ""))
        }
        return (outcome, nil)
    }

    private func rows(of sql: String) -> String {
        let rows = control.run("\(sql) LIMIT 3")
        return rows.hasRows ? rows.table : control.run(sql).table
    }

    /// Brings the state back that the setup left.
    func reset() throws {
        let scripts = scenario.resets.isEmpty ? scenario.teardowns + scenario.setups : scenario.resets
        for script in scripts {
            let done = control.run(script)
            guard !done.isError else { throw RaceError("\(scenario.resets.isEmpty ? "teardown or setup" : "reset") failed: \(done.text)") }
        }
        // Tables that were made anew have no triggers.
        if gates == .writes, scenario.resets.isEmpty, let problem = TriggerGates.install(on: control) {
            throw RaceError("gates: \(problem)")
        }
    }
}
