import ArgumentParser
import Foundation

/// The options of `race mutate --generated`.
struct GeneratedOptions: ParsableArguments {
    @Flag(help: "Make mutants of functions by rules, and judge them by SQL tests and scenarios.")
    var generated = false

    @Flag(help: "List the generated mutants without trying them.")
    var list = false

    @Option(help: "Schema whose functions are mutated.")
    var schema = "domainflow"

    @Option(help: ArgumentHelp("SQL file that creates functions and tables of your own; repeatable.", valueName: "file"))
    var setup: [String] = []

    @Option(help: ArgumentHelp("Folder with pgTAP files. Default: Tests/SQL, if it exists.", valueName: "folder"))
    var tests: String?

    @Option(
        help: ArgumentHelp(
            "File that explains why mutants cannot be noticed. Default: Scenarios/equivalent.txt, if it exists.", valueName: "file"))
    var explained: String?

    @Flag(help: "Do not try the mutants that the file explains.")
    var skipExplained = false

    @Flag(help: "Judge by SQL tests only.")
    var noScenarios = false

    func validate() throws {
        guard !generated else { return }
        if list || noScenarios || skipExplained || tests != nil || explained != nil || !setup.isEmpty || schema != "domainflow" {
            throw ValidationError(
                "--list, --schema, --setup, --tests, --explained, --skip-explained and --no-scenarios need --generated")
        }
    }

    var testFolder: String? { tests ?? Self.existing("Tests/SQL") }
    var explanationFile: String? { explained ?? Self.existing("Scenarios/equivalent.txt") }

    private static func existing(_ path: String) -> String? { FileManager.default.fileExists(atPath: path) ? path : nil }
}
