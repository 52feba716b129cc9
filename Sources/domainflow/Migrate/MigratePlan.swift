import ArgumentParser
import Migrations

struct MigratePlan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Print the steps that `up` would apply. Changes nothing.",
        discussion: """
            Prints what would make `up` refuse as well, and exits with the code that `up` would have.

            --trace runs the pending steps in one transaction, reports the relations that each statement locked and how long the \
            step would hold the locks, and rolls back. While it runs, it holds these locks.
            """)

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var range: MigrateRangeOptions
    @OptionGroup var wait: MigrateWaitOptions
    @OptionGroup var tables: TableOptions

    @Flag(help: "Run the steps, report their locks and roll back.")
    var trace = false

    func run() async throws {
        var options = wait.options
        options.allowOutOfOrder = range.allowOutOfOrder
        try await migrate.run(options) { migrator in
            if trace {
                try MigrateTraceReport(await migrator.trace(target: range.target)).print(json: migrate.steps.json, tables)
                return
            }
            try MigratePlanReport(await migrator.plan(target: range.target)).print(json: migrate.steps.json, tables)
        }
    }
}
