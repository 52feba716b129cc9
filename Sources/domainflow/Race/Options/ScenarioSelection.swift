import ArgumentParser
import RaceLab

/// Scenarios by name, or all that a command can run.
struct ScenarioSelection: ParsableArguments {
    @Argument(help: "Names as `race list` shows them, or paths of .spec files.")
    var scenarios: [String] = []

    @Flag(help: "Run every built-in scenario that suits this command.")
    var all = false

    func validate() throws {
        if all != scenarios.isEmpty { throw ValidationError("name the scenarios, or pass --all") }
    }

    /// - Parameter fits: which of the built-in scenarios the command can run.
    func resolve(_ fits: (Scenario) -> Bool) throws -> [Scenario] {
        try RaceOptions.scenarios(scenarios).filter { !all || fits($0) }
    }
}
