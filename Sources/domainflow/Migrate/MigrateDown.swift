import ArgumentParser
import Foundation
import Migrations

struct MigrateDown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Take back the steps above --target by their NNNN_slug.down.sql files, last one first.",
        discussion: "Data goes with it, so it asks first; where standard input is no terminal, --yes is needed.")

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var wait: MigrateWaitOptions

    @Option(help: ArgumentHelp("The last step that stays; 0 takes back everything.", valueName: "number"))
    var target: Int

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Say what would be taken back and change nothing.")
    var dryRun = false

    private struct Report: Encodable {
        var reverted: [String]
    }

    func run() async throws {
        Interrupt.watch()
        try await migrate.run(wait.options) { migrator in
            let steps = try await migrator.revertible(above: target)
            if dryRun || steps.isEmpty {
                if migrate.steps.json { return try Output.json(Report(reverted: dryRun ? steps : [])) }
                return Output.line(steps.isEmpty ? "nothing to take back" : "would take back: " + steps.joined(separator: ", "))
            }
            try confirm(steps)
            let progress = MigrateProgress()
            defer { progress.finish() }
            let reverted = try await migrator.down(target: target, progress: progress.report)
            if migrate.steps.json { try Output.json(Report(reverted: reverted)) }
        }
    }

    private func confirm(_ steps: [String]) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw MigrationError(
                .badInput, "would take back \(steps.joined(separator: ", ")), and nobody is there to be asked",
                hint: "say --yes if that is meant")
        }
        Output.standardError("take back \(steps.joined(separator: ", ")), with the data in them? [y/N] ")
        guard ["y", "yes"].contains(readLine()?.lowercased()) else { throw MigrationError(.interrupted, "nothing was changed") }
    }
}
