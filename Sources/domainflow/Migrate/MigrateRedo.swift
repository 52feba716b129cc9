import ArgumentParser
import Migrations

struct MigrateRedo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redo",
        abstract: "Take back edited, unreleased steps by their down files, with all after them, and apply the present text.",
        discussion: "For development. Without down files: domainflow dev reset && domainflow migrate up.")

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var wait: MigrateWaitOptions

    @Option(help: ArgumentHelp("This step too, edited or not.", valueName: "number"))
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
                    applied.isEmpty ? "no applied step was edited" : "\(applied.count) step\(applied.count == 1 ? "" : "s") applied anew")
            }
        }
    }
}
