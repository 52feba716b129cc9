import ArgumentParser
import Migrations

struct MigrateBaseline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Record steps as applied without running them, for a database that already has them.",
        discussion: "For example after psql -f. The verify statements of the steps must hold.")

    @OptionGroup var migrate: MigrateOptions

    @Option(help: ArgumentHelp("The last step that the database already has.", valueName: "number"))
    var target: Int

    private struct Report: Encodable {
        var recorded: [String]
    }

    func run() async throws {
        try await migrate.run { migrator in
            let recorded = try await migrator.baseline(target: target)
            if migrate.steps.json { return try Output.json(Report(recorded: recorded)) }
            Output.line(recorded.isEmpty ? "nothing to record" : "recorded as applied: " + recorded.joined(separator: ", "))
        }
    }
}
