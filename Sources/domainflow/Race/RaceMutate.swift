import ArgumentParser
import Foundation
import RaceLab

struct RaceMutate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutate",
        abstract: "Take protections out of the functions, one at a time, and show that each loss is noticed.",
        discussion: """
            Scenarios with sessions are explored, those with operations hammered. Chance decides how soon a race shows: the first \
            round of hammering takes half a second, each further one three times as long and another seed, until a promise is broken or \
            --seconds are reached. Harmless changes keep every promise and must not be noticed. Exit code 0 when every mutant is \
            killed and every harmless change is clean; 1 when a mutant survives (then its scenario proves less than it says) or a \
            harmless change is flagged (then the alarm is false); 2 when a change does not fit its function any more.
            """)

    @Argument(help: "Names as `race list` shows them, or paths of .spec files; all when none is named.")
    var scenarios: [String] = []

    @Option(help: "How long the last round hammers a mutant.")
    var seconds: Double = 9

    @Option(help: "How long each harmless change is hammered; it is explored for three seconds at least.")
    var harmlessSeconds: Double = 3

    @Option(help: "Number of changes to try in parallel.")
    var jobs = 2

    @Option(help: ArgumentHelp("The gate module, if it is not installed: scenarios with sessions are explored.", valueName: "path"))
    var gate: String?

    @OptionGroup var junit: RaceJUnit

    @OptionGroup var options: RaceOptions

    func validate() throws {
        if seconds <= 0 { throw ValidationError("--seconds must be more than 0") }
        if jobs < 1 { throw ValidationError("--jobs must be at least 1") }
        if harmlessSeconds <= 0 { throw ValidationError("--harmless-seconds must be more than 0") }
    }

    func run() async throws {
        let scenarios = try RaceOptions.scenarios(scenarios)
        var report = MutationReport(total: scenarios.reduce(0) { $0 + $1.changes.count })
        guard report.total > 0 else {
            throw CommandFailure(
                .badInput, "there is no mutant in \(scenarios.map(\.name).joined(separator: ", "))",
                hint: "Add one: mutant \"no lock\" in schema.function replace 'FOR UPDATE' with ''")
        }
        try junit.write(report.junit)
        let hammer = try await options.hammer(seconds: seconds)
        let trial = MutationTrial(
            hammer: hammer, explorer: try await explorer(like: hammer), seconds: seconds, harmlessSeconds: harmlessSeconds)
        let interrupt = RaceInterrupt()
        do {
            let changes = scenarios.flatMap { scenario in scenario.changes.map { (scenario, $0) } }
            try await trial.run(changes, jobs: jobs, stop: interrupt.stop) { scenario, verdict in
                report.add(verdict)
                if options.json { return try Output.json(verdict, compact: true) }
                if verdict.change == scenario.changes.last?.name { report.print(scenario) }
            }
            // Interrupted in the middle of a scenario: what was tried of it.
            let last = scenarios.first { $0.name == report.verdicts.last?.scenario }
            if !options.json, let last, last.changes.last?.name != report.verdicts.last?.change { report.print(last) }
        } catch {
            try? await trial.finish()
            try junit.write(report.junit)
            throw RaceOptions.translated(error)
        }
        try await trial.finish()
        try junit.write(report.junit)
        if !options.json { Output.line(report.summary) }
        if report.count(.stale) > 0 { throw ExitStatus.badInput.code }
        if !report.isGood { throw ExitStatus.failed.code }
    }

    private func explorer(like hammer: Hammer) async throws -> Explorer {
        var exploration = Explorer.Options(seed: hammer.options.seed)
        exploration.gateModule = gate.map { URL(filePath: $0).path(percentEncoded: false) }
        return Explorer(server: try await options.connection.resolve(), options: exploration)
    }
}
