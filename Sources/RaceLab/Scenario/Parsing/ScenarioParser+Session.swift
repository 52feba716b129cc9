// Sessions, their steps and the permutations that name them, as isolationtester reads them.

extension ScenarioParser {
    /// A step of a permutation as it is named, before all steps are known.
    struct NamedTurn {
        enum Blocker {
            case once
            case step(String, ScenarioToken, notices: Int?)
        }
        var step: String
        var token: ScenarioToken
        var blockers: [Blocker] = []
    }

    /// One session, or `times` as many, numbered from 1.
    mutating func session() throws(ScenarioError) -> [Scenario.Session] {
        var session = Scenario.Session(name: try name("the session's name"))
        var times: Int?
        if current.kind == .word("times") {
            at += 1
            times = try positive("times")
        }
        if current.kind == .word("setup") {
            at += 1
            session.setup = try block("setup").text
        }
        while current.kind == .word("step") {
            at += 1
            let name = try name("the step's name")
            session.steps.append(.init(name: name, sql: try stepBody(of: name)))
        }
        guard !session.steps.isEmpty else { throw error(current, "session '\(session.name)' needs a step, found \(current.spelled)") }
        if current.kind == .word("teardown") {
            at += 1
            session.teardown = try block("teardown").text
        }
        guard let times else { return [session] }
        return (1...times).map { number in
            func numbered(_ sql: String) -> String { Self.filled(sql, [("session", "\(number)")]) }
            return Scenario.Session(
                name: "\(session.name)\(number)", setup: session.setup.map(numbered),
                steps: session.steps.map { .init(name: "\($0.name)\(number)", sql: numbered($0.sql)) },
                teardown: session.teardown.map(numbered), template: session.name)
        }
    }

    mutating func permutation() throws(ScenarioError) -> [NamedTurn] {
        var turns: [NamedTurn] = []
        while isStepName {
            let token = current
            var turn = NamedTurn(step: try name("a step"), token: token)
            if accept("(") {
                repeat { turn.blockers.append(try blocker()) } while accept(",")
                try mark(")")
            }
            turns.append(turn)
        }
        guard !turns.isEmpty else { throw error(current, "a permutation names its steps, found \(current.spelled)") }
        return turns
    }

    /// A bare word that begins the next part of the file is none.
    private var isStepName: Bool {
        switch current.kind {
        case .string: true
        case .word(let word): !Self.openings.contains(word)
        default: false
        }
    }

    /// The words that begin a part of the file. `check` is not among them: steps have that name; it stands before permutations.
    static let openings = [
        "connections", "rows", "isolation", "setup", "teardown", "settle", "operation", "invariant", "tally", "mutant", "harmless",
        "session", "permutation", "reset", "observe", "expect", "template", "explore", "fault", "threshold",
    ]

    private mutating func blocker() throws(ScenarioError) -> NamedTurn.Blocker {
        if accept("*") { return .once }
        let token = current
        let other = try name("a step or *")
        guard current.kind == .word("notices") else { return .step(other, token, notices: nil) }
        at += 1
        return .step(other, token, notices: try positive("notices"))
    }

    /// Permutations with their names looked up.
    func resolve(_ orders: [[NamedTurn]]) throws(ScenarioError) -> [Scenario.Permutation] {
        var places: [String: Scenario.StepPlace] = [:]
        for (number, session) in scenario.sessions.enumerated() {
            for (index, step) in session.steps.enumerated() { places[step.name] = .init(session: number, index: index) }
        }
        var permutations: [Scenario.Permutation] = []
        for turns in orders {
            var steps: [Scenario.Turn] = []
            for turn in turns {
                guard let place = places[turn.step] else { throw error(turn.token, "there is no step '\(turn.step)'") }
                steps.append(.init(step: place))
            }
            for (index, turn) in turns.enumerated() {
                for blocker in turn.blockers {
                    switch blocker {
                    case .once: steps[index].blockers.append(.once)
                    case .step(let name, let token, let notices):
                        guard let other = places[name], steps.contains(where: { $0.step == other }) else {
                            throw error(token, "no step '\(name)' in this permutation to wait for")
                        }
                        guard other.session != steps[index].step.session else {
                            throw error(token, "step '\(turn.step)' cannot wait for a step of its own session")
                        }
                        steps[index].blockers.append(notices.map { .notices(other, $0) } ?? .step(other))
                    }
                }
            }
            permutations.append(.init(steps: steps))
        }
        return permutations
    }
}
