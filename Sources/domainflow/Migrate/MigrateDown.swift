import ArgumentParser
import Migrations

struct MigrateDown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Revert the steps above --target with their NNNN_slug.down.sql files, newest first.",
        discussion: """
            Reverting deletes data, so the command asks first; if standard input is not a terminal, it needs --yes. It reverts what it \
            asked about, or nothing: if another runner has applied or reverted steps meanwhile, it refuses.
            """)

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var wait: MigrateWaitOptions

    @Option(help: ArgumentHelp("The last step to keep; 0 reverts everything.", valueName: "number"))
    var target: Int

    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    @Flag(help: "Print the steps that would be reverted, and change nothing. Refuses what `down` refuses.")
    var dryRun = false

    private struct Report: Encodable {
        var reverted: [String]
    }

    func run() async throws {
        try await migrate.run(wait.options) { migrator in
            let steps = try await migrator.revertible(above: target)
            if dryRun || steps.isEmpty {
                if migrate.steps.json { return try Output.json(Report(reverted: dryRun ? steps : [])) }
                return Output.line(steps.isEmpty ? "nothing to revert" : "would revert: " + steps.joined(separator: ", "))
            }
            // Ctrl-C at the question ends the program as usual.
            try Confirmation.ask(
                would: "revert \(steps.joined(separator: ", "))",
                question: "revert \(steps.joined(separator: ", ")) and delete the data in them?",
                yes: yes)
            Interrupt.watch()
            let progress = MigrateProgress()
            defer { progress.finish() }
            let reverted = try await migrator.down(target: target, asked: steps, progress: progress.report)
            if migrate.steps.json { try Output.json(Report(reverted: reverted)) }
        }
    }
}
