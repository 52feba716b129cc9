import ArgumentParser
import Migrations

struct MigrateUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "up", abstract: "Apply what is pending.")

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var wait: MigrateWaitOptions
    @OptionGroup var tables: TableOptions

    @Option(help: ArgumentHelp("Stop after this step.", valueName: "number"))
    var target: Int?

    @Flag(help: "Say what would be applied and change nothing.")
    var dryRun = false

    @Flag(help: "Apply pending steps numbered below one that is applied already.")
    var allowOutOfOrder = false

    private struct Report: Encodable {
        var applied: [AppliedStep]
    }

    func run() async throws {
        var options = wait.options
        options.allowOutOfOrder = allowOutOfOrder
        Interrupt.watch()
        try await migrate.run(options) { migrator in
            if dryRun {
                try MigratePlanReport(await migrator.plan(target: target)).print(json: migrate.steps.json, tables)
                return
            }
            let progress = MigrateProgress()
            defer { progress.finish() }
            let applied = try await migrator.up(target: target, progress: progress.report)
            progress.finish()
            if migrate.steps.json {
                try Output.json(Report(applied: applied))
            } else {
                Output.line(applied.isEmpty ? "nothing to do" : "\(applied.count) step\(applied.count == 1 ? "" : "s") applied")
            }
        }
    }
}
