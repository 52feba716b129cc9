import ArgumentParser
import Migrations

struct MigrateRedo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redo",
        abstract: "Revert edited, unreleased steps and all steps after them, then apply their current text.",
        discussion: """
            For development. It needs the down files of these steps.

            Reverting deletes data. The command first tries the way down and up again in a transaction that it rolls back, prints the \
            rows that would be gone and what lint finds, and asks; if standard input is not a terminal, it needs --yes. Where only \
            comments were edited, domainflow migrate repair --accept <number> is enough.
            """)

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var wait: MigrateWaitOptions

    @Option(help: ArgumentHelp("Redo from this step on, whether it was edited or not.", valueName: "number"))
    var step: Int?

    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    @Flag(help: "Try it, print what would be reverted, applied and lost, and change nothing.")
    var dryRun = false

    private struct Report: Encodable {
        var applied: [AppliedStep]
    }

    func run() async throws {
        try await migrate.run(wait.options) { migrator in
            guard let redo = try await migrator.redoable(step: step) else {
                if migrate.steps.json { return try Output.json(Report(applied: [])) }
                return Output.line("no applied step was edited")
            }
            if dryRun, migrate.steps.json { return try Output.json(redo) }
            tell(redo)
            if dryRun { return }
            try Confirmation.ask(
                would: "revert \(redo.steps.joined(separator: ", "))",
                question: "revert \(redo.steps.joined(separator: ", ")) and apply \(redo.applies.joined(separator: ", "))?", yes: yes)
            // Ctrl-C at the question ends the program as usual.
            Interrupt.watch()
            let progress = MigrateProgress()
            defer { progress.finish() }
            let applied = try await migrator.redo(step: step, asked: redo.steps, progress: progress.report)
            progress.finish()
            if migrate.steps.json {
                try Output.json(Report(applied: applied))
            } else {
                Output.line("\(applied.count) step\(applied.count == 1 ? "" : "s") applied again")
            }
        }
    }

    private func tell(_ redo: Redo) {
        func say(_ text: String) { Output.standardError(text + "\n") }
        say("reverts \(redo.steps.joined(separator: ", "))")
        say("applies \(redo.applies.joined(separator: ", "))")
        for loss in redo.losses {
            say("deletes \(loss.rows - (loss.remaining ?? 0)) row\(loss.rows - (loss.remaining ?? 0) == 1 ? "" : "s") of \(loss.table)")
        }
        if let untried = redo.untried {
            Output.note("\(untried); rows that go with it are not counted")
        } else if redo.losses.isEmpty {
            say("deletes no rows")
        }
        for finding in redo.lint { Output.note("\(finding.file):\(finding.line): \(finding.rule.rawValue): \(finding.message)") }
        if !redo.sameMeaning.isEmpty {
            let commands = redo.sameMeaning.map { "domainflow migrate repair --accept \($0)" }.joined(separator: " and ")
            Output.note(
                "only comments or spacing changed: \(GivenOptions.current.repeated(in: commands)) records the new text, and keeps the data")
        }
    }
}
