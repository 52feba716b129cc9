/// A schedule as one word: the sessions' numbers in turn, `~` and the steps left out, `@` and the number of rows, `!` and a fault with the
/// session and the move that it hits, `+` and where the sessions stop unless they stop before statements.
struct ScheduleToken: Equatable {
    var choices: [Int]
    var leftOut: Set<Scenario.StepPlace> = []
    var rows: Int?
    var injection: Injection?
    /// ``Gates/name``: the same choices mean another order where sessions stop elsewhere.
    var gates = Gates.statementsName

    var text: String {
        let without = leftOut.sorted().map { "\($0.session).\($0.index)" }
        let fault = injection.map {
            "!\($0.fault.rawValue.replacing(" ", with: "_")).\($0.session).\($0.move)" + ($0.whileWaiting ? ".waiting" : "")
        }
        return choices.map(String.init).joined(separator: "-") + (without.isEmpty ? "" : "~" + without.joined(separator: "-"))
            + (rows.map { "@\($0)" } ?? "") + (fault ?? "") + (gates == Gates.statementsName ? "" : "+\(gates)")
    }

    init(
        choices: [Int], leftOut: Set<Scenario.StepPlace> = [], rows: Int? = nil, injection: Injection? = nil,
        gates: String = Gates.statementsName
    ) {
        (self.choices, self.leftOut, self.rows, self.injection, self.gates) = (choices, leftOut, rows, injection, gates)
    }

    /// nil when the text is not a token.
    init?(_ text: String) {
        guard
            let parts = text.wholeMatch(
                of: /([-0-9]*)(?:~([-.0-9]+))?(?:@([0-9]+))?(?:!([a-z_]+)\.([0-9]+)\.([0-9]+)(\.waiting)?)?(?:\+(writes|steps))?/)?.output
        else { return nil }
        let choices = parts.1.split(separator: "-").map { Int($0) }
        let places = (parts.2 ?? "").split(separator: "-").map { $0.split(separator: ".").map { Int($0) } }
        guard !choices.contains(nil), places.allSatisfy({ $0.count == 2 && !$0.contains(nil) }) else { return nil }
        self.choices = choices.compactMap(\.self)
        leftOut = Set(places.map { Scenario.StepPlace(session: $0[0]!, index: $0[1]!) })
        rows = parts.3.flatMap { Int($0) }
        gates = parts.8.map(String.init) ?? Gates.statementsName
        guard let name = parts.4 else { return }
        guard let fault = InjectedFault(rawValue: String(name).replacing("_", with: " ")), let session = parts.5.flatMap({ Int($0) }),
            let move = parts.6.flatMap({ Int($0) })
        else { return nil }
        injection = Injection(fault: fault, session: session, move: move, whileWaiting: parts.7 != nil)
    }
}

extension ScheduleToken {
    static let hint =
        "Pass the token as the finding printed it, with the same scenario and options; if the scenario has changed since, explore it again."

    /// The part of it that names what the scenario does not have, in words; nil if there is none.
    func problem(in scenario: Scenario) -> String? {
        let sessions = scenario.sessions
        let known = sessions.enumerated().map { "\($0) (\($1.name))" }.joined(separator: ", ")
        let named = choices + leftOut.sorted().map(\.session) + (injection.map { [$0.session] } ?? [])
        if let unknown = named.first(where: { !sessions.indices.contains($0) }) {
            return "there is no session \(unknown); the sessions are \(known)"
        }
        if let place = leftOut.sorted().first(where: { !sessions[$0.session].steps.indices.contains($0.index) }) {
            let count = sessions[place.session].steps.count
            return "'~\(place.session).\(place.index)': session \(place.session) has \(count) steps, counted from 0"
        }
        if let rows, !scenario.usesRows { return "'@\(rows)': the scenario does not use :rows" }
        return nil
    }

    /// Where the sessions went another way, in words; nil if this schedule was carried out to its end.
    func deviation(of execution: ScheduleRunner.Execution) -> String? {
        let decisions = execution.decisions
        for (index, (choice, decision)) in zip(choices, decisions).enumerated() where choice != decision.chosen {
            let able = decision.enabled.map(String.init).joined(separator: " or ")
            return "at turn \(index + 1), session \(choice) could not go on; \(able) could"
        }
        if choices.count > decisions.count {
            let rest = choices[decisions.count...].map(String.init).joined(separator: "-")
            return "'\(rest)' is left over: after \(decisions.count) turns there was no choice between sessions"
        }
        if choices.count < decisions.count {
            return "it has \(choices.count) of the \(decisions.count) turns that the sessions needed"
        }
        if let injection, !execution.moves.contains(where: { $0.fault != nil }) {
            let place = "session \(injection.session) did not come to its move \(injection.move)"
            return "'!\(injection.fault.rawValue.replacing(" ", with: "_"))': \(place)" + (injection.whileWaiting ? " and wait there" : "")
        }
        return nil
    }
}
