import ArgumentParser
import Migrations

struct MigrateUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "up", abstract: "Apply the pending steps.")

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var range: MigrateRangeOptions
    @OptionGroup var wait: MigrateWaitOptions
    @OptionGroup var tables: TableOptions

    @Flag(help: "Print the steps that would be applied, and change nothing. Refuses what `up` refuses.")
    var dryRun = false

    @Flag(help: "With --dry-run: print the statements.")
    var sql = false

    @Option(
        help: ArgumentHelp("Then write the schema to this file, as pg_dump prints it, without the history.", valueName: "file"),
        completion: .file())
    var dump: String?

    private struct Report: Encodable {
        var applied: [AppliedStep]
    }

    func validate() throws {
        guard dryRun || !sql else { throw ValidationError("--sql goes with --dry-run") }
        guard !dryRun || dump == nil else { throw ValidationError("give only one of --dry-run and --dump") }
    }

    func run() async throws {
        var options = wait.options
        options.allowOutOfOrder = range.allowOutOfOrder
        Interrupt.watch()
        try await migrate.run(options) { migrator in
            if dryRun {
                try MigratePlanReport(await migrator.plan(target: range.target), sql: sql).print(json: migrate.steps.json, tables)
                return
            }
            let progress = MigrateProgress()
            defer { progress.finish() }
            let applied = try await migrator.up(target: range.target, progress: progress.report)
            progress.finish()
            if let dump { try await SchemaDump.write(to: dump, of: migrator) }
            if migrate.steps.json {
                try Output.json(Report(applied: applied))
            } else {
                Output.line(applied.isEmpty ? "nothing to do" : "\(applied.count) step\(applied.count == 1 ? "" : "s") applied")
            }
        }
    }
}
