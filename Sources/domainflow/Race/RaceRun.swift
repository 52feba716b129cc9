import ArgumentParser
import Foundation
import RaceLab

struct RaceRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Hammer scenarios with many clients, and report whether every invariant held.",
        discussion: """
            The full history of each run is kept as JSON lines in .domainflow/race. Ctrl-C ends the run early; the operations until \
            then are still judged. Exit code 0 if everything held, 1 if not, or if a scenario has no verdict because its calls were all \
            refused or changed no row; 130 if the run was interrupted.
            """)

    @OptionGroup var selection: ScenarioSelection

    @Option(parsing: .unconditional, help: "Seconds to run each scenario.")
    var seconds: Double = 10

    @Option(
        help: ArgumentHelp(
            "Run with this mutant, which removes one protection from the code; `race list --json` names them.", valueName: "name"))
    var mutant: String?

    @Flag(
        help: ArgumentHelp("Reconnect if the server goes away during the run.", discussion: "Operations under way are recorded as unknown.")
    )
    var surviveRestarts = false

    @OptionGroup var junit: RaceJUnit

    @OptionGroup var options: RaceOptions

    func validate() throws {
        if seconds <= 0 { throw ValidationError("--seconds must be more than 0") }
        if mutant != nil, selection.scenarios.count != 1 { throw ValidationError("--mutant needs exactly one scenario") }
    }

    func run() async throws {
        let scenarios = try selection.resolve { !$0.operations.isEmpty }
        let stop = Interrupt.watch()
        let hammer = try await options.hammer(seconds: seconds, surviveRestarts: surviveRestarts)
        var verdicts = OutputJUnit(suite: "domainflow race run")
        try junit.write(verdicts)
        let reports = try await Self.run(scenarios, mutant: mutant, with: hammer, json: options.json, options.tables, stop: stop) {
            verdicts.add($0)
            try junit.write(verdicts)
        }
        if stop.isSet {
            for scenario in scenarios.dropFirst(reports.count) { verdicts.skip(scenario.name, mutant ?? "run") }
            try junit.write(verdicts)
            throw RaceReportText.interruption(of: reports, among: scenarios)
        }
        if !reports.allSatisfy(\.held) { throw ExitStatus.failed.code }
    }

    /// Runs one scenario after the other; prints each verdict as it comes, and a summary if there are several.
    static func run(
        _ scenarios: [Scenario], mutant: String? = nil, with hammer: Hammer, json: Bool, _ tables: TableOptions, stop: StopFlag,
        each: (RaceReport) throws -> Void = { _ in }
    ) async throws -> [RaceReport] {
        var reports: [RaceReport] = []
        if !json { Output.line("seed \(hammer.options.seed), \(OutputFormat.number(hammer.options.seconds)) s for each scenario\n") }
        do {
            for scenario in scenarios where !stop.isSet {
                let change = try mutant.map { try RaceOptions.mutant($0, of: scenario) }
                let progress = RaceProgress()
                let line = RaceProgressText.line(scenario.name, progress: progress, seconds: hammer.options.seconds)
                defer { line.end() }
                let report = try await hammer.run(scenario, mutant: change, progress: progress, stop: stop)
                reports.append(report)
                try each(report)
                if json {
                    try Output.json(JudgedReport(report: report, interrupted: report.interrupted), compact: true)
                } else {
                    RaceReportText.print(report, tables)
                }
            }
        } catch {
            try? await hammer.finish()
            throw RaceOptions.translated(error)
        }
        try await hammer.finish()
        if !json, reports.count > 1 { RaceReportText.printSummary(reports, tables) }
        return reports
    }
}
