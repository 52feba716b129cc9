import ArgumentParser
import DevCluster
import Foundation
import RaceLab

struct RaceExplore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Explore the orders in which sessions can run their statements, until one breaks a promise.",
        discussion: """
            If the server has the gate module (extension/gate: `make install`), sessions stop before each statement inside PL/pgSQL \
            functions; otherwise triggers stop them before each statement that writes. Serial orders come first, then all schedules with \
            one preemption, all with two, then random ones. A schedule that breaks a promise is reduced to its essential steps, repeated, \
            and printed with a token for --replay. Exit code 0 if everything held, 1 if not, or if there is no verdict because all calls \
            were refused or changed no row; 130 if the exploration was interrupted.
            """)

    @OptionGroup var selection: ScenarioSelection

    @Option(parsing: .unconditional, help: "Maximum number of seconds to explore each scenario. Default: the scenario's, else 30.")
    var seconds: Double?

    @Option(parsing: .unconditional, help: "Maximum number of schedules to run.")
    var schedules: Int?

    @Option(parsing: .unconditional, help: "Minimum number of schedules to run; random ones follow when all others are done.")
    var atLeast = 0

    @Option(parsing: .unconditional, help: "Enumerates every schedule with up to this many preemptions. Default: the scenario's, else 2.")
    var preemptions: Int?

    @Option(
        help: ArgumentHelp(
            "Isolation level to explore at, in place of the scenario's.",
            discussion: IsolationLevel.distinct.map(\.rawValue).joined(separator: ", "), valueName: "level"),
        transform: { text in
            guard let level = IsolationLevel.distinct.first(where: { $0.rawValue == text }) else {
                throw ValidationError("choose one of \(IsolationLevel.distinct.map(\.rawValue).joined(separator: ", "))")
            }
            return level
        })
    var isolation: IsolationLevel?

    @Option(parsing: .unconditional, help: "Number of databases to explore in parallel.")
    var jobs = 2

    @Option(help: "Seed of the random schedules. Default: a random seed, which is printed.")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Explore with this mutant, which removes one protection from the code; `race list --json` names them.", valueName: "name"))
    var mutant: String?

    @OptionGroup var gate: GateOption

    @Option(help: ArgumentHelp("Run a single schedule again, given the token of a finding.", valueName: "token"))
    var replay: String?

    @Option(help: ArgumentHelp("Folder for findings, written as name.spec and name.sql.", valueName: "folder"))
    var output: String?

    @Option(help: ArgumentHelp("Write coverage and findings to this file, as an HTML page with diagrams.", valueName: "file"))
    var html: String?

    @OptionGroup var junit: RaceJUnit

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print one JSON object per scenario, each on a line.")
    var json = false

    func validate() throws {
        if let seconds, seconds <= 0 { throw ValidationError("--seconds must be more than 0") }
        if let schedules, schedules < 1 { throw ValidationError("--schedules must be at least 1") }
        if atLeast < 0 { throw ValidationError("--at-least must be 0 or more") }
        if let preemptions, preemptions < 0 { throw ValidationError("--preemptions must be 0 or more") }
        if jobs < 1 { throw ValidationError("--jobs must be at least 1") }
        if replay != nil, junit.junit != nil { throw ValidationError("--junit cannot be combined with --replay") }
        if mutant != nil || replay != nil, selection.scenarios.count != 1 {
            throw ValidationError("--mutant and --replay need exactly one scenario")
        }
    }

    func run() async throws {
        let scenarios = try selection.resolve { !$0.sessions.isEmpty }
        var options = Explorer.Options(seed: seed ?? .random(in: 0..<1 << 53))
        (options.jobs, options.seconds, options.preemptions) = (jobs, seconds, preemptions)
        options.schedules = schedules
        options.atLeast = atLeast
        options.gateModule = gate.path
        let server = try await connection.resolve()
        let cluster = DevCluster(directory: DevDirectory.url, report: { _ in })
        // Faults may kill only the private server.
        if server == cluster.url {
            options.crashServer = {
                try cluster.kill9()
                try cluster.start()
            }
        }
        let explorer = Explorer(server: server, options: options)
        let stop = Interrupt.watch()
        var verdicts = OutputJUnit(suite: "domainflow race explore")
        try junit.write(verdicts)
        var held = true
        let chosen = levels(scenarios)
        var explorations: [(report: ExplorationReport, scenario: Scenario)] = []
        do {
            for scenario in chosen where !stop.isSet {
                let change = try mutant.map { try RaceOptions.mutant($0, of: scenario) }
                if let replay {
                    let finding = try await explorer.replay(replay, of: scenario, mutant: change)
                    Output.line(finding.map { "\($0.violation.summary)\n\($0.detail)" } ?? "this schedule breaks no promise")
                    held = held && finding == nil
                } else {
                    let report = try await explore(scenario, change, explorer, stop)
                    let shown = scenario.filled(rows: report.finding?.rows ?? scenario.rows)
                    if json {
                        try Output.json(JudgedReport(report: Summary(report, scenario), interrupted: report.interrupted), compact: true)
                    } else {
                        print(report, of: shown)
                    }
                    try await write(report, of: shown, server)
                    explorations.append((report, shown))
                    verdicts.add(report)
                    try junit.write(verdicts)
                    held = held && report.held
                }
            }
        } catch {
            try? await explorer.finish()
            throw RaceOptions.translated(error)
        }
        try await explorer.finish()
        if let html { try ExplorationHTML.page(explorations).write(toFile: html, atomically: true, encoding: .utf8) }
        if stop.isSet {
            for scenario in chosen.dropFirst(explorations.count) { verdicts.skip(scenario, mutant: mutant) }
            try junit.write(verdicts)
            let whole = explorations.count { !$0.report.interrupted }
            let broken = explorations.count { $0.report.finding != nil }
            throw CommandFailure.interrupted(
                "\(whole) of \(chosen.count) explorations were completed" + (broken > 0 ? ", \(broken) broke a promise" : "")
                    + RaceReportText.notRun(chosen.dropFirst(explorations.count).map { Self.title($0.name, $0.isolation) }))
        }
        if !held { throw ExitStatus.failed.code }
    }

    private func levels(_ scenarios: [Scenario]) -> [Scenario] {
        scenarios.flatMap { scenario in
            guard let isolation else { return scenario.atEachIsolation }
            var chosen = scenario
            chosen.isolations = [isolation.rawValue]
            return [chosen]
        }
    }

    private func explore(
        _ scenario: Scenario, _ mutant: Scenario.Mutant?, _ explorer: Explorer, _ stop: StopFlag
    ) async throws -> ExplorationReport {
        let progress = ExplorationProgress()
        let title = Self.title(scenario.name, scenario.isolation)
        let line = ProgressLine { seconds in
            let rate = OutputFormat.number(Double(progress.schedules) / max(seconds, 0.001))
            return "\(title): \(progress.phase), \(OutputFormat.count(progress.schedules)) schedules, \(rate)/s"
        }
        defer { line.end() }
        return try await explorer.run(scenario, mutant: mutant, progress: progress, stop: stop)
    }

    private static func title(_ name: String, _ isolation: String?) -> String { name + (isolation.map { " at \($0)" } ?? "") }

    /// Writes the finding as files, which are run first to see whether they show it.
    private func write(_ report: ExplorationReport, of scenario: Scenario, _ server: String) async throws {
        guard let output, let finding = report.finding else { return }
        let problem = try await Rehearsal(server: server).run(finding, of: scenario)
        let folder = URL(filePath: output, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let name = scenario.name.replacing("/", with: "-")
        func head(_ mark: String) -> String {
            problem.map { "\(mark) NOT REPLAYED: the lab ran this file, and \($0.split(separator: "\n").joined(separator: " "))\n" } ?? ""
        }
        try (head("#") + finding.spec(of: scenario))
            .write(to: folder.appending(path: "\(name).spec"), atomically: true, encoding: .utf8)
        try (head("--") + finding.script(of: scenario))
            .write(to: folder.appending(path: "\(name).sql"), atomically: true, encoding: .utf8)
        if let problem { Output.note("\(output)/\(name).spec does not show the finding: \(problem)") }
    }

    private func print(_ report: ExplorationReport, of scenario: Scenario) {
        let mutant = report.mutant.map { " with the mutant '\($0)'" } ?? ""
        let rate = OutputFormat.number(Double(report.schedules) / max(report.seconds, 0.001))
        Output.line(
            "\(Self.title(report.scenario, report.isolation))\(mutant): \(OutputFormat.count(report.schedules)) schedules, \(rate)/s, seed \(report.seed)"
                + (report.interrupted ? " (interrupted)" : ""))
        switch report.gates {
        case .statements: break
        case .writes: Output.line("  the server has no gate module: triggers stop sessions before they write; \(Self.gateRemedy)")
        case .steps:
            Output.line("  the server has no gate module and allows no triggers: sessions stop only between steps; \(Self.gateRemedy)")
        }
        if report.schedules > 0 { Output.line("  \(Self.coverage(report))") }
        if !report.injected.isEmpty {
            let kinds = InjectedFault.allCases.compactMap { fault in
                report.injected[fault].map { "\(OutputFormat.count($0)) \(fault.rawValue)" }
            }
            Output.line("  faults: \(kinds.joined(separator: ", "))" + (report.isEveryBoundaryFaulted ? ", one at every boundary" : ""))
        }
        if report.schedules > 0 { Output.line("  \(Self.exercise(report.exercise))") }
        for line in withoutStop(report, scenario) { Output.line("  \(line)") }
        guard let finding = report.finding else {
            let open = report.interrupted ? "interrupted: no promise was broken until then" : "no promise was broken"
            Output.line("  \(report.interrupted ? open : report.undecided.map { "NO VERDICT: \($0)" } ?? open)")
            return
        }
        Output.line("\n  \(finding.isStable ? "BROKEN" : "UNSTABLE"): \(finding.violation.summary)")
        for line in finding.detail.split(separator: "\n") { Output.line("    \(line)") }
        Output.line("\n" + finding.diagram(of: scenario, width: Output.stdoutIsTerminal ? max(Output.width(of: .standardOutput), 60) : 100))
        Output.line(
            "  \(finding.rate)"
                + (finding.isStable ? "" : ": it depends on something besides the order of the statements, such as time or chance"))
        let again = ShownCommand("race", "explore", scenario.path ?? scenario.name).with("--mutant", report.mutant)
            .with("--isolation", scenario.isolation).with("--gate", gate.gate).on(connection).with("--replay", finding.token)
        Output.line("  again: \(again)\n")
    }

    private static let gateRemedy = "`sudo make install` installs it, --gate names one that is not installed"

    private static func coverage(_ report: ExplorationReport) -> String {
        var parts = report.byBound.enumerated().map { bound, count in
            "\(OutputFormat.count(count)) with \(bound == 0 ? "no preemption" : bound == 1 ? "1 preemption" : "\(bound) preemptions")"
        }
        if report.sampled > 0 { parts.append("\(OutputFormat.count(report.sampled)) random") }
        let whole: String? =
            report.isExhaustive ? "these are all between the stops" : report.finishedBound.map { "all with at most \($0) are done" }
        return parts.joined(separator: ", ") + (whole.map { "; \($0)" } ?? "")
    }

    /// What no other session could come in between, so that nothing is called complete that was not tried.
    private func withoutStop(_ report: ExplorationReport, _ scenario: Scenario) -> [String] {
        var lines = report.opaque.isEmpty ? [] : ["no stop inside functions of other languages: \(report.opaque.joined(separator: ", "))"]
        let steps = report.exercise.unstopped(in: scenario)
        guard case .statements = report.gates, report.finding == nil, !steps.isEmpty else { return lines }
        let hammer =
            scenario.operations.isEmpty
            ? "give the scenario an operation { } and hammer it with `race run`"
            : "\(ShownCommand("race", "run", scenario.path ?? scenario.name).on(connection))"
        lines.append("no stop inside \(steps.joined(separator: ", ")): what happens within one statement, only hammering shows: \(hammer)")
        return lines
    }

    private static func exercise(_ exercise: Exercise) -> String {
        "steps: \(OutputFormat.count(exercise.answered)) answered, \(OutputFormat.count(exercise.refused)) refused; "
            + "\(OutputFormat.count(exercise.statements)) stops inside; \(OutputFormat.count(exercise.rows)) rows written in serial orders"
    }

    private struct Summary: Encodable {
        var scenario: String
        var mutant, isolation: String?
        var seed: UInt64
        var schedules: Int
        var seconds: Double
        var byBound: [Int]
        var sampled, inconclusive: Int
        var exhaustive, held: Bool
        /// Where sessions could be stopped: statements, writes or steps.
        var gates: String
        var injected: [String: Int]
        var everyBoundaryFaulted: Bool
        var exercise: Exercise
        /// Steps and functions inside which sessions could not be stopped.
        var withoutStop: [String]
        /// Why there is no verdict.
        var undecided: String?
        var violation, detail, token: String?
        var stable: Bool?
        var steps, rows, preemptions, reproduced, repetitions: Int?

        init(_ report: ExplorationReport, _ scenario: Scenario) {
            (self.scenario, mutant, isolation, seed) = (report.scenario, report.mutant, report.isolation, report.seed)
            injected = Dictionary(uniqueKeysWithValues: report.injected.map { ($0.key.rawValue, $0.value) })
            everyBoundaryFaulted = report.isEveryBoundaryFaulted
            (schedules, seconds, byBound, sampled) = (report.schedules, report.seconds, report.byBound, report.sampled)
            (inconclusive, exhaustive, gates, held) = (report.inconclusive, report.isExhaustive, report.gates.name, report.held)
            exercise = report.exercise
            withoutStop = report.exercise.unstopped(in: scenario) + report.opaque
            guard let finding = report.finding else {
                undecided = report.undecided
                return
            }
            (violation, detail, token) = (finding.violation.summary, finding.detail, finding.token)
            stable = finding.isStable
            rows = finding.rows
            (preemptions, reproduced, repetitions) = (finding.preemptions, finding.reproduced, finding.repetitions)
            steps = scenario.sessions.map(\.steps.count).reduce(0, +) - finding.leftOut.count
        }
    }
}
