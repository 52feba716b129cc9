import ArgumentParser
import Migrations

struct MigrateRedo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redo",
        abstract: "Revert edited, unreleased steps and all steps after them, then apply their current text.",
        discussion:
            "For development. It needs the down files of these steps; without them, use domainflow dev reset && domainflow migrate up.")

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var wait: MigrateWaitOptions

    @Option(help: ArgumentHelp("Redo from this step on, whether it was edited or not.", valueName: "number"))
    var step: Int?

    private struct Report: Encodable {
        var applied: [AppliedStep]
    }

    func run() async throws {
        Interrupt.watch()
        try await migrate.run(wait.options) { migrator in
            let progress = MigrateProgress()
            defer { progress.finish() }
            let applied = try await migrator.redo(step: step, progress: progress.report)
            progress.finish()
            if migrate.steps.json {
                try Output.json(Report(applied: applied))
            } else {
                Output.line(
                    applied.isEmpty ? "no applied step was edited" : "\(applied.count) step\(applied.count == 1 ? "" : "s") applied again")
            }
        }
    }
}
