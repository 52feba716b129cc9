// Writes a finding as a file that isolationtester, `race spec` or people with psql windows can follow on a server without the gate module.

extension RaceFinding {
    /// One permutation in isolationtester's grammar. Its last steps show the violation.
    public func spec(of scenario: Scenario) -> String {
        let script = ScheduleScript(self, of: scenario)
        var text = "# \(scenario.name): \(violation.summary)\n\n"
        for setup in scenario.setups { text += "setup {\(block(setup))}\n" }
        if script.needsGates { text += "setup {\(block(script.instrumentation))}\n" }
        for reset in scenario.resets { text += "setup {\(block(reset))}\n" }
        text += "teardown {\(block(scenario.teardowns.isEmpty ? Self.dropAll : scenario.teardowns.joined(separator: "\n")))}\n"
        let names = scenario.sessions.map(\.name) + [ScheduleScript.control]
        for name in names {
            let steps = script.turns.filter { $0.session == name }
            guard !steps.isEmpty else { continue }
            text += "\nsession \"\(name)\"\n"
            var setup = script.needsGates ? "SET race.session = '\(name)';" : ""
            if let own = scenario.sessions.first(where: { $0.name == name })?.setup { setup += own.hasSuffix(";") ? own : own + ";" }
            if let level = scenario.isolation, name != ScheduleScript.control { setup += "SET default_transaction_isolation = '\(level)';" }
            if !setup.isEmpty { text += "setup { \(setup) }\n" }
            for step in steps { text += "step \"\(step.step)\" {\(block(step.sql))}\n" }
            if name == ScheduleScript.control, script.needsGates { text += "teardown { SELECT pg_advisory_unlock_all(); }\n" }
        }
        return text + "\npermutation " + script.turns.map { "\"\($0.step)\"" }.joined(separator: " ") + "\n"
    }

    /// The same as a script for people with a psql window for each session.
    public func script(of scenario: Scenario) -> String {
        let script = ScheduleScript(self, of: scenario)
        var text = "-- \(scenario.name): \(violation.summary)\n-- First, in any window:\n"
        for setup in scenario.setups { text += setup + ";\n" }
        text += script.needsGates ? script.instrumentation + "\n" : ""
        for reset in scenario.resets { text += reset + ";\n" }
        for name in Set(script.turns.map(\.session)).sorted() {
            var once = script.needsGates ? "SET race.session = '\(name)';\n" : ""
            if let own = scenario.sessions.first(where: { $0.name == name })?.setup {
                once += own.hasSuffix(";") ? own + "\n" : own + ";\n"
            }
            if let level = scenario.isolation, name != ScheduleScript.control {
                once += "SET default_transaction_isolation = '\(level)';\n"
            }
            if !once.isEmpty { text += "\n-- Window \(name), once:\n\(once)" }
        }
        text += "\n-- Then line by line; a window that does not answer is waiting: go on in the next.\n"
        for turn in script.turns { text += "\n-- Window \(turn.session):\n\(turn.sql)\n" }
        return text
    }

    /// The queries that show the violation.
    func shown(of scenario: Scenario) -> [String] {
        if case .invariant(let name) = violation { return scenario.invariants.filter { $0.name == name }.map(\.sql) }
        return scenario.observations
    }

    /// For a scenario without a teardown: schema public holds its tables and functions and nothing else.
    private static let dropAll = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"

    private func block(_ sql: String) -> String { sql.contains("\n") ? "\n\(sql)\n" : sql.hasPrefix(" ") ? sql : " \(sql) " }
}
