import ArgumentParser
import Migrations

struct MigrateRepair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Repair the history after a crash, or by hand.",
        discussion: """
            Without an option, it looks at each step that started outside a transaction and did not finish. An index that is valid and \
            has the step's definition counts as built; one that this step left invalid is dropped, and the next `up` builds it again; \
            what somebody else made, or is building now, stays. Where only a human can tell whether the step took effect, it says \
            how to look, and --done or --undone records the answer. Each repair leaves a row in domainflow_migrate.event.
            """)

    @OptionGroup var migrate: MigrateOptions

    @Option(help: ArgumentHelp("Accept the current text of this edited step, because both texts do the same.", valueName: "number"))
    var accept: Int?

    @Option(help: ArgumentHelp("Record this unfinished step as done, because it is in effect.", valueName: "number"))
    var done: Int?

    @Option(
        help: ArgumentHelp(
            "Record this unfinished step as not applied, because it had no effect or you have taken that back.", valueName: "number"))
    var undone: Int?

    @Option(help: ArgumentHelp("Delete this step's history row, whatever it says.", valueName: "number"))
    var forget: Int?

    @Flag(help: "Do not ask before --forget makes the next `up` run an applied step again.")
    var yes = false

    private struct Report: Encodable {
        var repaired: [String]
    }

    func validate() throws {
        if [accept, done, undone, forget].compactMap({ $0 }).count > 1 {
            throw ValidationError("give only one of --accept, --done, --undone and --forget")
        }
    }

    func run() async throws {
        try await migrate.run { migrator in
            let repair: Migrator.Repair =
                accept.map { .accept($0) } ?? done.map { .done($0) } ?? undone.map { .undone($0) }
                ?? forget.map { .forget($0) } ?? .unfinished
            if let forget, let entry = try await migrator.status().entries.first(where: { $0.number == forget }), entry.step != nil,
                [.applied, .baseline, .edited].contains(entry.state)
            {
                let would = "forget that \(entry.id) is applied, so that the next `up` runs it again"
                try Confirmation.ask(would: would, question: "This would \(would). Go on?", yes: yes)
            }
            let said = try await migrator.repair(repair)
            if migrate.steps.json { return try Output.json(Report(repaired: said)) }
            for line in said { Output.line(line) }
            if said.isEmpty { Output.line("nothing to repair") }
        }
    }
}
