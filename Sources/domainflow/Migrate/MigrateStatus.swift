import ArgumentParser
import Migrations

struct MigrateStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "List the steps and their states, with the carried and the installed SQL version.")

    @OptionGroup var migrate: MigrateOptions
    @OptionGroup var tables: TableOptions

    @Flag(help: "Exit with 1 unless every step is applied and unchanged.")
    var check = false

    private struct Entry: Encodable {
        var id: String
        var state: MigrationPlan.StepState
        var phase: StepPhase?
        var release: String?
        var appliedAt: String?
        var appliedBy: String?
        var durationMilliseconds: Double?
    }

    private struct Report: Encodable {
        /// The release that the steps bring a database to.
        var carried: String
        /// The release installed in this database; empty if there is none.
        var installed: String
        var steps: [Entry]
        var problems: [MigrationError.Problem]
    }

    func run() async throws {
        try await migrate.run { migrator in
            let plan = try await migrator.status()
            let entries = plan.entries.map {
                Entry(
                    id: $0.id, state: $0.state, phase: $0.step?.header.phase, release: $0.row?.release, appliedAt: $0.row?.appliedAt,
                    appliedBy: $0.row?.appliedBy, durationMilliseconds: $0.row?.durationMilliseconds)
            }
            let carried = migrator.source.carries
            let installed = plan.installed
            if migrate.steps.json {
                try Output.json(Report(carried: carried, installed: installed, steps: entries, problems: plan.problems.map(\.shown)))
            } else {
                let carrier = migrate.steps.dir.map { "The steps in \($0) carry" } ?? "Program \(ProgramVersion.text) carries"
                Output.line("\(carrier) SQL \(carried); installed here: \(installed.isEmpty ? "none" : installed)")
                var table = OutputTable(["step", "state", "release", "applied at (UTC)", "by", "took>"])
                for entry in entries {
                    table.add([
                        entry.id, entry.state.rawValue, entry.release ?? "", entry.appliedAt ?? "", entry.appliedBy ?? "",
                        entry.durationMilliseconds.map { OutputFormat.duration(seconds: $0 / 1000) } ?? "",
                    ])
                }
                Output.line(table.render(width: tables.width))
                for problem in plan.problems { Output.note(problem.shown.description) }
            }
            if check, !entries.allSatisfy({ $0.state == .applied || $0.state == .baseline }) { throw ExitStatus.failed.code }
        }
    }
}
