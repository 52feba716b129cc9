import ArgumentParser
import RaceLab

/// Scenarios by name, or all that a command can run.
struct ScenarioSelection: ParsableArguments {
    @Argument(help: "Names as `race list` shows them, or paths of .spec files.")
    var scenarios: [String] = []

    @Flag(help: "Take every built-in scenario that this command can run.")
    var all = false

    func validate() throws {
        if all != scenarios.isEmpty { throw ValidationError("name scenarios, or say --all") }
    }

    /// - Parameter fits: which of the built-in scenarios the command can run.
    func resolve(_ fits: (Scenario) -> Bool) throws -> [Scenario] {
        try RaceOptions.scenarios(scenarios).filter { !all || fits($0) }
    }
}
