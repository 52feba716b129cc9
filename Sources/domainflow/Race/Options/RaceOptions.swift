import ArgumentParser
import Foundation
import Migrations
import RaceLab

/// What `run` and `mutate` have in common.
struct RaceOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions

    @Option(help: ArgumentHelp("Clients at once.", discussion: "Default: what the scenario says, usually 16."))
    var connections: Int?

    @Option(help: "Seed of the clients' choices. Default: a new one, which is printed.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("Where histories are written.", valueName: "folder"))
    var history = ".domainflow/race"

    @Flag(help: "Leave the databases, to look into.")
    var keep = false

    @Flag(help: "As JSON, one object per scenario and line.")
    var json = false

    @OptionGroup var tables: TableOptions

    func validate() throws {
        if let connections, connections < 1 { throw ValidationError("--connections must be at least 1") }
    }

    func hammer(seconds: Double, surviveRestarts: Bool = false) async throws -> Hammer {
        var options = Hammer.Options(seed: seed ?? .random(in: 0..<1 << 53), historyFolder: URL(filePath: history))
        options.connections = connections
        options.seconds = seconds
        options.keep = keep
        options.surviveRestarts = surviveRestarts
        return Hammer(server: try await connection.resolve(), options: options)
    }

    /// The mutant or harmless change of that name.
    static func mutant(_ name: String, of scenario: Scenario) throws -> Scenario.Mutant {
        if let found = scenario.changes.first(where: { $0.name == name }) { return found }
        let names = scenario.changes.map { "'\($0.name)'" }.joined(separator: ", ")
        throw CommandFailure(.usage, "\(scenario.name) has no mutant '\(name)'; it has \(names)")
    }

    /// All scenarios with operations.
    static func hammered() throws -> [Scenario] { try scenarios([]).filter { !$0.operations.isEmpty } }

    /// The scenarios of those names, all when none is named.
    static func scenarios(_ names: [String]) throws -> [Scenario] {
        try reporting { () throws(ScenarioError) in
            if names.isEmpty { return try ScenarioLibrary.all() }
            var scenarios: [Scenario] = []
            for name in names { scenarios.append(try ScenarioLibrary.find(name)) }
            return scenarios
        }
    }

    /// Gives the errors of scenarios and their steps the exit code for bad input.
    static func reporting<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw translated(error) }
    }

    static func translated(_ error: any Error) -> any Error {
        switch error {
        case is ScenarioError, is RaceError, is StaleMutantError, is HistoryError, is MigrationError, is LoadBaseline.Problem:
            CommandFailure(.badInput, "\(error)")
        default: error
        }
    }
}
