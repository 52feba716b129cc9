import ArgumentParser
import Migrations
import RaceLab

struct RaceList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the built-in scenarios.",
        discussion: "The examples are naive functions with a race each; what runs all scenarios leaves them out.")

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var tables: TableOptions

    private struct Entry: Encodable {
        var name, summary: String
        var operations, sessions, invariants, checks, mutants, harmless: [String]
    }

    func run() throws {
        let scenarios = try RaceOptions.reporting { try ScenarioLibrary.withExamples() }
        guard !json else {
            try Output.json(
                scenarios.map {
                    Entry(
                        name: $0.name, summary: $0.summary, operations: $0.operations.map(\.name),
                        sessions: $0.sessions.map(\.name), invariants: $0.invariants.map(\.name),
                        checks: $0.checks.map(\.name), mutants: $0.mutants.map(\.name), harmless: $0.harmless.map(\.name))
                })
            return
        }
        var table = OutputTable(["scenario!", "for", "invariants>?", "mutants>?", "harmless>?", "promise"])
        for scenario in scenarios {
            let mode = scenario.operations.isEmpty ? "explore" : "run"
            table.add([
                scenario.name, mode, "\(scenario.invariants.count + scenario.checks.count)", "\(scenario.mutants.count)",
                "\(scenario.harmless.count)", scenario.summary,
            ])
        }
        Output.line(table.render(width: tables.width))
    }
}
