import ArgumentParser
import RaceLab

struct RaceShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the text of a scenario.",
        discussion:
            "Read it to learn from it, or copy it to start your own; --json prints its parts. Exit code 2 if there is no such scenario."
    )

    @Argument(help: "Name as `race list` shows it, or of an example such as example/lost_update, or path of a .spec file.")
    var scenario: String

    @Flag(help: "Print its parts as JSON.")
    var json = false

    func run() throws {
        let source = try RaceOptions.reporting { try ScenarioLibrary.source(of: scenario) }
        guard json else {
            Output.document(source.text)
            return
        }
        try Output.json(Parts(try RaceOptions.reporting { try source.parsed() }, file: source.file))
    }

    private struct Parts: Encodable {
        struct Operation: Encodable {
            var name: String
            var weight: Int
            var clients: Int?
            var expected: [String]
        }
        struct Session: Encodable {
            var name: String
            var steps: [Step]
        }
        struct Step: Encodable {
            var name, sql: String
        }
        struct Check: Encodable {
            var name, sql: String
        }
        struct Change: Encodable {
            var name: String
            /// The functions it changes; none for one that is a script.
            var functions: [String]
        }
        struct Expectations: Encodable {
            var serial, nonblocking: Bool
            var errors: [String]
        }
        var name, file, summary: String
        var connections, rows: Int
        var operations: [Operation]
        var sessions: [Session]
        var observations: [String]
        var invariants, tallies: [Check]
        var mutants, harmless: [Change]
        var expectations: Expectations

        init(_ scenario: Scenario, file: String) {
            self.file = file
            (name, summary, connections, rows) = (scenario.name, scenario.summary, scenario.connections, scenario.rows)
            operations = scenario.operations.map {
                Operation(name: $0.name, weight: $0.weight, clients: $0.clients, expected: $0.expected.sorted())
            }
            sessions = scenario.sessions.map { session in
                Session(name: session.name, steps: session.steps.map { Step(name: $0.name, sql: $0.sql) })
            }
            observations = scenario.observations
            (invariants, tallies) = (scenario.invariants.map(Self.check), scenario.tallies.map(Self.check))
            (mutants, harmless) = (scenario.mutants.map(Self.change), scenario.harmless.map(Self.change))
            let expectation = scenario.expectation
            expectations = Expectations(
                serial: expectation.isSerial, nonblocking: expectation.isNonblocking, errors: expectation.errors.sorted())
        }

        private static func check(_ check: Scenario.Check) -> Check { Check(name: check.name, sql: check.sql) }

        private static func change(_ mutant: Scenario.Mutant) -> Change {
            var functions: [String] = []
            if case .replace(let replacements) = mutant.change {
                for replacement in replacements where !functions.contains(replacement.function) { functions.append(replacement.function) }
            }
            return Change(name: mutant.name, functions: functions)
        }
    }
}
