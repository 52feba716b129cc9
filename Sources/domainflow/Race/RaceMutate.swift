import ArgumentParser
import Foundation
import RaceLab

struct RaceMutate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutate",
        abstract: "Remove protections from the functions, one at a time, and check that each loss is noticed.",
        discussion: """
            Scenarios with sessions are explored, those with operations hammered. Chance decides how soon a race shows: the first \
            round of hammering takes half a second, and each further round takes three times as long with another seed, until a promise \
            is broken or a round reaches --seconds. Harmless changes keep every promise and must not be noticed. Exit code 0 if every \
            mutant is killed and every harmless change is clean; 1 if a mutant survives (its scenario proves less than it claims) or a \
            harmless change is flagged (a false alarm); 2 if a change no longer fits its function; 130 if interrupted.

            With --generated, rules make the mutants of every function of a schema. The pgTAP files that call or mention a function judge \
            its mutants, then the scenarios; a survivor is printed with the lines that explain it in a file, if it cannot be noticed. Exit \
            code 1 if a mutant survives unexplained, 2 if an explanation fits no mutant.
            """)

    @Argument(
        help: """
            Names as `race list` shows them, or paths of .spec files; with --generated the names of functions. Default: all built-in \
            scenarios, or all functions of the schema.
            """)
    var names: [String] = []

    @Option(
        parsing: .unconditional,
        help: "Seconds of the last round that hammers a mutant. Default: 9, or 1.5 with --generated, which explores up to 10."
    )
    var seconds: Double?

    @Option(parsing: .unconditional, help: "Seconds to hammer each harmless change; exploring takes at least three.")
    var harmlessSeconds: Double = 3

    @Option(parsing: .unconditional, help: "Number of changes to try in parallel.")
    var jobs = 2

    @OptionGroup(title: "Generated mutants") var generation: GeneratedOptions

    @OptionGroup var gate: GateOption

    @OptionGroup var junit: RaceJUnit

    @OptionGroup var options: RaceOptions

    func validate() throws {
        if let seconds, seconds <= 0 { throw ValidationError("--seconds must be more than 0") }
        if jobs < 1 { throw ValidationError("--jobs must be at least 1") }
        if harmlessSeconds <= 0 { throw ValidationError("--harmless-seconds must be more than 0") }
    }

    func run() async throws {
        if generation.generated { return try await runGenerated() }
        let scenarios = try RaceOptions.scenarios(names)
        var report = MutationReport(total: scenarios.reduce(0) { $0 + $1.changes.count })
        guard report.total > 0 else {
            throw CommandFailure(
                .badInput, "there is no mutant in \(scenarios.map(\.name).joined(separator: ", "))",
                hint: "Add one: mutant \"no lock\" in schema.function replace 'FOR UPDATE' with ''")
        }
        try junit.write(report.junit)
        let trial = self.trial(server: try await options.connection.resolve(), seconds: seconds ?? 9)
        let stop = Interrupt.watch()
        do {
            let changes = scenarios.flatMap { scenario in scenario.changes.map { (scenario, $0) } }
            try await trial.run(changes, jobs: jobs, stop: stop) { scenario, verdict in
                report.add(verdict)
                if options.json { return try Output.json(verdict, compact: true) }
                if verdict.change == scenario.changes.last?.name { report.print(scenario, options.tables) }
            }
            // Interrupted in the middle of a scenario: what was tried of it.
            let last = scenarios.first { $0.name == report.verdicts.last?.scenario }
            if !options.json, let last, last.changes.last?.name != report.verdicts.last?.change { report.print(last, options.tables) }
        } catch {
            try? await trial.finish()
            try junit.write(report.junit)
            throw RaceOptions.translated(error)
        }
        try await trial.finish()
        if stop.isSet { report.skipRest(of: scenarios) }
        try junit.write(report.junit)
        if !options.json { Output.line(report.summary) }
        if stop.isSet { throw CommandFailure.interrupted("\(report.verdicts.count) of \(report.total) changes were tried") }
        if report.count(.stale) > 0 { throw ExitStatus.badInput.code }
        if !report.isGood { throw ExitStatus.failed.code }
    }

    /// - Parameter template: a database to copy instead of installing DomainFlow.
    func trial(server: String, seconds: Double, exploreSeconds: Double? = nil, template: String? = nil) -> MutationTrial {
        var hammering = options.hammering.hammer(history: options.history)
        var exploring = Explorer.Options(seed: hammering.seed)
        (hammering.seconds, hammering.template) = (seconds, template)
        (exploring.gateModule, exploring.template) = (gate.path, template)
        return MutationTrial(
            hammer: Hammer(server: server, options: hammering), explorer: Explorer(server: server, options: exploring), seconds: seconds,
            harmlessSeconds: harmlessSeconds, exploreSeconds: exploreSeconds ?? max(30, seconds))
    }
}
