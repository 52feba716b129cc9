import Foundation

/// What a schedule led to: what each step answered, and the state that can be observed.
struct Outcome: Hashable, Sendable {
    var results: [Scenario.StepPlace: StepResult]
    var state: String
}

/// Looks at the database after a schedule: invariants, and the state to compare.
struct ScheduleJudge {
    private let scenario: Scenario
    private let control: LabConnection

    init(_ scenario: Scenario, control: LabConnection) throws {
        self.scenario = scenario
        self.control = control
        let broken = scenario.invariants.enumerated().map { "CASE WHEN EXISTS (\($1.sql)) THEN \($0) END" }
        let observed = scenario.observations.map { "(SELECT string_agg(o::text, E'\\n' ORDER BY o::text) FROM (\($0)) AS o)" }
        try control.prepare(
            "judge",
            "SELECT concat_ws(',', \((broken.isEmpty ? ["NULL"] : broken).joined(separator: ", "))),"
                + " concat_ws(E'\\n--\\n', \((observed.isEmpty ? ["NULL"] : observed).joined(separator: ", ")))")
    }

    /// The outcome, and the first fault that can be told without comparing it.
    func judge(_ execution: ScheduleRunner.Execution) throws -> (outcome: Outcome, fault: (Fault, String)?) {
        let answer = control.run(prepared: "judge")
        guard !answer.isError else { throw RaceError("an invariant or observe failed: \(answer.text)") }
        let outcome = Outcome(results: execution.results, state: answer.value(0, 1) ?? "")
        let unexpected = execution.results.values.first { $0.sqlState.map { !scenario.expectation.errors.contains($0) } ?? false }
        if let unexpected {
            return (outcome, (.error(unexpected.sqlState ?? ""), unexpected.message ?? ""))
        }
        if let broken = answer.value(0, 0)?.split(separator: ",").first.flatMap({ Int($0) }) {
            let invariant = scenario.invariants[broken]
            return (outcome, (.invariant(invariant.name), rows(of: invariant.sql)))
        }
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
    }
}
