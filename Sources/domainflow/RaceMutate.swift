import ArgumentParser
import Foundation
import RaceLab

struct RaceMutate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutate",
        abstract: "Take protections out of the functions, one at a time, and show that each loss is noticed.",
        discussion: """
            Scenarios with sessions are explored, the others hammered. Exit code 1 when a mutant survives: then its scenario proves less than it says. Exit code 2 when a mutant's text is \
            not in its function any more. Chance decides how soon a race shows: a mutant that survives is hammered again, three \
            times as long and from another seed, until --tries are used up.
            """)

    @Argument(help: "Names as `race list` shows them, or paths of .spec files; all when none is named.")
    var scenarios: [String] = []

    @Option(help: "How long each mutant is hammered.")
    var seconds: Double = 2

    @Option(help: "How often a mutant that survives is tried.")
    var tries = 3

    @Option(help: ArgumentHelp("The gate module, if it is not installed: scenarios with sessions are explored.", valueName: "path"))
    var gate: String?

    @OptionGroup var options: RaceOptions

    private struct Verdict: Encodable {
        var scenario, mutant: String
        var killed: Bool
        var by: [String]
        var operations: Int
        var tries: Int
    }

    func validate() throws {
        if seconds <= 0 { throw ValidationError("--seconds must be more than 0") }
        if tries < 1 { throw ValidationError("--tries must be 1 or more") }
    }

    func run() async throws {
        let scenarios = try RaceOptions.scenarios(scenarios)
        let hammer = try await options.hammer(seconds: seconds)
        var exploration = Explorer.Options(seed: hammer.options.seed)
        exploration.gateModule = gate.map { URL(filePath: $0).path(percentEncoded: false) }
        exploration.seconds = max(30, seconds)
        let explorer = Explorer(server: try await options.connection.resolve(), options: exploration)
        let interrupt = RaceInterrupt()
        var counts = (total: 0, survived: 0, stale: 0)
        do {
            for scenario in scenarios {
                for mutant in scenario.mutants where !interrupt.stop.isSet {
                    counts.total += 1
                    let verdict =
                        scenario.operations.isEmpty
                        ? try await explore(scenario, mutant, with: explorer, stop: interrupt.stop)
                        : try await judge(scenario, mutant, with: hammer, stop: interrupt.stop)
                    guard let verdict else {
                        counts.stale += 1
                        continue
                    }
                    if !verdict.killed { counts.survived += 1 }
                    try tell(verdict)
                }
            }
        } catch {
            try? await hammer.finish()
            try? await explorer.finish()
            throw RaceOptions.translated(error)
        }
        try await hammer.finish()
        try await explorer.finish()
        if !options.json {
            let (total, survived, stale) = counts
            Output.line(
                survived + stale == 0 ? "all \(total) mutants killed" : "\(survived) of \(total) mutants survived, \(stale) are stale")
        }
        if counts.stale > 0 { throw ExitStatus.badInput.code }
        if counts.survived > 0 { throw ExitStatus.failed.code }
    }

    /// One try or several; operations are those of all tries together.
    private func judge(
        _ scenario: Scenario, _ mutant: Scenario.Mutant, with hammer: Hammer, stop: StopFlag
    ) async throws -> Verdict? {
        var hammer = hammer
        var verdict = Verdict(scenario: scenario.name, mutant: mutant.name, killed: false, by: [], operations: 0, tries: 0)
        while !verdict.killed, verdict.tries < tries, !stop.isSet {
            guard let report = try await run(scenario, mutant, with: hammer, stop: stop) else { return nil }
            verdict.killed = !report.held
            verdict.by = report.reasons
            verdict.operations += report.count
            verdict.tries += 1
            hammer.options.seconds *= 3
            hammer.options.seed &+= 1
        }
        return verdict
    }

    private func explore(
        _ scenario: Scenario, _ mutant: Scenario.Mutant, with explorer: Explorer, stop: StopFlag
    ) async throws -> Verdict? {
        do {
            let report = try await explorer.run(scenario, mutant: mutant, stop: stop)
            if report.gates == .steps { Output.note("\(scenario.name): sessions stop between steps only") }
            let found = report.finding.map { ["\($0.fault.summary) (\(OutputFormat.count(report.schedules)) schedules)"] }
            return Verdict(
                scenario: scenario.name, mutant: mutant.name, killed: found != nil, by: found ?? [], operations: report.schedules, tries: 1)
        } catch let error as StaleMutantError {
            Output.error("\(scenario.name): \(error)")
            return nil
        }
    }

    /// nil for a mutant that does not fit its function any more; the others are still worth trying.
    private func run(
        _ scenario: Scenario, _ mutant: Scenario.Mutant, with hammer: Hammer, stop: StopFlag
    ) async throws -> RaceReport? {
        let progress = RaceProgress()
        let line = RaceProgressLine("\(scenario.name), \(mutant.name)", progress: progress, seconds: hammer.options.seconds)
        defer { line.end() }
        do {
            return try await hammer.run(scenario, mutant: mutant, progress: progress, stop: stop)
        } catch let error as StaleMutantError {
            line.end()
            Output.error("\(scenario.name): \(error)")
            return nil
        }
    }

    private func tell(_ verdict: Verdict) throws {
        guard !options.json else { return try Output.json(verdict, compact: true) }
        let by = verdict.by.isEmpty ? "" : " by " + verdict.by.joined(separator: "; ")
        let tries = verdict.tries > 1 ? " (\(verdict.tries) tries)" : ""
        Output.line("\(verdict.killed ? "killed  " : "SURVIVED") \(verdict.scenario): \(verdict.mutant)\(by.prefix(160))\(tries)")
    }
}
