import ArgumentParser
import Migrations
import RaceLab

/// Options that `run` and `mutate` share.
struct RaceOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions

    @OptionGroup var hammering: HammerOptions

    @Option(help: ArgumentHelp("Folder for the histories.", valueName: "folder"))
    var history = ".domainflow/race"

    @Flag(help: "Print one JSON object per scenario, each on a line.")
    var json = false

    @OptionGroup var tables: TableOptions

    func hammer(seconds: Double, surviveRestarts: Bool = false) async throws -> Hammer {
        var options = hammering.hammer(history: history)
        options.seconds = seconds
        options.surviveRestarts = surviveRestarts
        return Hammer(server: try await connection.resolve(), options: options)
    }

    /// The mutant or harmless change with this name.
    static func mutant(_ name: String, of scenario: Scenario) throws -> Scenario.Mutant {
        if let found = scenario.changes.first(where: { $0.name == name }) { return found }
        let names = scenario.changes.map { "'\($0.name)'" }.joined(separator: ", ")
        throw CommandFailure(.usage, "\(scenario.name) has no mutant '\(name)'; it has \(names)")
    }

    /// The scenarios with these names; all scenarios when `names` is empty.
    static func scenarios(_ names: [String]) throws -> [Scenario] {
        try reporting { () throws(ScenarioError) in
            if names.isEmpty { return try ScenarioLibrary.all() }
            var scenarios: [Scenario] = []
            for name in names { scenarios.append(try ScenarioLibrary.find(name)) }
            return scenarios
        }
    }

    /// Gives errors in scenarios and their steps the exit code for bad input.
    static func reporting<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw translated(error) }
    }

    static func translated(_ error: any Error) -> any Error {
        switch error {
        case let error as RaceError: CommandFailure(.badInput, error.description, hint: error.hint)
        case is ScenarioError, is StaleMutantError, is HistoryError, is MigrationError, is LoadBaseline.Problem:
            CommandFailure(.badInput, "\(error)")
        default: error
        }
    }
}
