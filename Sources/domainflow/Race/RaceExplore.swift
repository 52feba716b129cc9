import ArgumentParser
import DevCluster
import Foundation
import RaceLab

struct RaceExplore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Try the orders in which sessions can take their statements, until a promise is broken.",
        discussion: """
            Sessions stop before each statement inside PL/pgSQL functions when the server has the gate module (extension/gate: \
            `make install`), otherwise, by triggers, before each statement that writes. Serial orders come first, then all schedules with one preemption, with \
            two, then random ones. What is found is made smaller, repeated, and printed with a token for --replay. Exit code 0 when \
            everything held, 1 when not.
            """)

    @Argument(help: "Names as `race list` shows them, example/lost_update and the like, or paths of .spec files.")
    var scenarios: [String] = []

    @Flag(help: "Every scenario with sessions that comes with the program.")
    var all = false

    @Option(help: "How long each scenario is explored at most. Default: what it says itself, else 30.")
    var seconds: Double?

    @Option(help: "How many schedules are run at most.")
    var schedules: Int?

    @Option(help: "How many schedules are run at least, random ones when no other is left.")
    var atLeast = 0

    @Option(help: "Schedules with at most so many preemptions are run one by one. Default: what the scenario says, else 2.")
    var preemptions: Int?

    @Option(
        help: ArgumentHelp(
            "Explore at this isolation level in place of those that the scenario names.",
            discussion: IsolationLevel.distinct.map(\.rawValue).joined(separator: ", "), valueName: "level"),
        transform: { text in
            guard let level = IsolationLevel.distinct.first(where: { $0.rawValue == text }) else {
                throw ValidationError("there are \(IsolationLevel.distinct.map(\.rawValue).joined(separator: ", "))")
            }
            return level
        })
    var isolation: IsolationLevel?

    @Option(help: "Databases that are explored in at once.")
    var jobs = 2

    @Option(help: "Seed of the random schedules. Default: a new one, which is printed.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("Explore the code with one protection taken out, see `race list --json`.", valueName: "name"))
    var mutant: String?

    @Option(help: ArgumentHelp("The gate module, if it is not installed.", valueName: "path"))
    var gate: String?

    @Option(help: ArgumentHelp("Run one schedule again, by the token of a finding.", valueName: "token"))
    var replay: String?

    @Option(help: ArgumentHelp("Write what is found there, as name.spec and name.sql.", valueName: "folder"))
    var output: String?

    @Option(help: ArgumentHelp("Write what was covered and found there, as a page with diagrams.", valueName: "file"))
    var html: String?

    @OptionGroup var junit: RaceJUnit

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "As JSON, one object per scenario and line.")
    var json = false

    func validate() throws {
        if all != scenarios.isEmpty { throw ValidationError("name scenarios, or say --all") }
        if let seconds, seconds <= 0 { throw ValidationError("--seconds must be more than 0") }
        if let schedules, schedules < 1 { throw ValidationError("--schedules must be at least 1") }
        if atLeast < 0 { throw ValidationError("--at-least must be 0 or more") }
        if let preemptions, preemptions < 0 { throw ValidationError("--preemptions must be 0 or more") }
        if jobs < 1 { throw ValidationError("--jobs must be at least 1") }
        if replay != nil, junit.junit != nil { throw ValidationError("--junit is for explorations, not for --replay") }
        if mutant != nil || replay != nil, scenarios.count != 1 {
            throw ValidationError("--mutant and --replay need exactly one scenario")
        }
    }

    func run() async throws {
        let scenarios = try RaceOptions.scenarios(scenarios).filter { !all || !$0.sessions.isEmpty }
        var options = Explorer.Options(seed: seed ?? .random(in: 0..<1 << 53))
        (options.jobs, options.seconds, options.preemptions) = (jobs, seconds, preemptions)
        options.schedules = schedules
        options.atLeast = atLeast
        options.gateModule = gate.map { URL(filePath: $0).path(percentEncoded: false) }
        let server = try await connection.resolve()
        let cluster = DevCluster(directory: DevDirectory.url, report: { _ in })
        // Only the private server may be ended by a fault.
        if server == cluster.url {
            options.crashServer = {
                try cluster.kill9()
                try cluster.start()
            }
        }
        let explorer = Explorer(server: server, options: options)
        let interrupt = RaceInterrupt()
        var verdicts = OutputJUnit(suite: "domainflow race explore")
        try junit.write(verdicts)
        var held = true
        var explorations: [(report: ExplorationReport, scenario: Scenario)] = []
        do {
            for scenario in levels(scenarios) where !interrupt.stop.isSet {
                let change = try mutant.map { try RaceOptions.mutant($0, of: scenario) }
                if let replay {
                    let finding = try await explorer.replay(replay, of: scenario, mutant: change)
                    Output.line(finding.map { "\($0.violation.summary)\n\($0.detail)" } ?? "this schedule breaks no promise here")
                    held = finding == nil
                } else {
                    let report = try await explore(scenario, change, explorer, interrupt.stop)
                    let shown = scenario.filled(rows: report.finding?.rows ?? scenario.rows)
                    if json { try Output.json(Summary(report, scenario), compact: true) } else { Self.print(report, of: shown) }
                    try write(report, of: shown)
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
        let line = TickingLine { seconds in
            let rate = OutputFormat.number(Double(progress.schedules) / max(seconds, 0.001))
            return "\(title): \(progress.phase), \(OutputFormat.count(progress.schedules)) schedules, \(rate)/s"
        }
        defer { line.end() }
        return try await explorer.run(scenario, mutant: mutant, progress: progress, stop: stop)
    }

    private static func title(_ name: String, _ isolation: String?) -> String { name + (isolation.map { " at \($0)" } ?? "") }

    private func write(_ report: ExplorationReport, of scenario: Scenario) throws {
        guard let output, let finding = report.finding else { return }
        let folder = URL(filePath: output, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let name = scenario.name.replacing("/", with: "-")
        try finding.spec(of: scenario).write(to: folder.appending(path: "\(name).spec"), atomically: true, encoding: .utf8)
        try finding.script(of: scenario).write(to: folder.appending(path: "\(name).sql"), atomically: true, encoding: .utf8)
    }

    static func print(_ report: ExplorationReport, of scenario: Scenario) {
        let mutant = report.mutant.map { " with the mutant '\($0)'" } ?? ""
        let rate = OutputFormat.number(Double(report.schedules) / max(report.seconds, 0.001))
        Output.line(
            "\(title(report.scenario, report.isolation))\(mutant): \(OutputFormat.count(report.schedules)) schedules, \(rate)/s, seed \(report.seed)"
                + (report.interrupted ? " (interrupted)" : ""))
        switch report.gates {
        case .statements: break
        case .writes: Output.line("  sessions stop before they write, by triggers: the server has no gate module (extension/gate)")
        case .steps: Output.line("  sessions stop between steps only: no gate module (extension/gate), and no triggers allowed")
        }
        Output.line("  \(coverage(report))")
        if !report.injected.isEmpty {
            let kinds = InjectedFault.allCases.compactMap { fault in
                report.injected[fault].map { "\(OutputFormat.count($0)) \(fault.rawValue)" }
            }
            Output.line("  faults: \(kinds.joined(separator: ", "))" + (report.isEveryBoundaryFaulted ? "; at every boundary" : ""))
        }
        if report.inconclusive > 0 { Output.line("  \(OutputFormat.count(report.inconclusive)) schedules could not be decided") }
        guard let finding = report.finding else {
            Output.line(report.inconclusive == 0 ? "  no promise was broken" : "  INCONCLUSIVE")
            return
        }
        Output.line("\n  BROKEN: \(finding.violation.summary)")
        for line in finding.detail.split(separator: "\n") { Output.line("    \(line)") }
        Output.line("\n" + finding.diagram(of: scenario, width: max(Output.width, 100)))
        let again = "\(finding.reproduced) of \(finding.repetitions) repetitions showed it again"
        Output.line(finding.reproduced == finding.repetitions ? "  \(again)" : "  UNSTABLE: \(again)")
        let level = scenario.isolation.map { " --isolation '\($0)'" } ?? ""
        let change = report.mutant.map { " --mutant '\($0)'" } ?? ""
        Output.line("  again: domainflow race explore \(scenario.name)\(change)\(level) --replay '\(finding.token)'\n")
    }

    private static func coverage(_ report: ExplorationReport) -> String {
        var parts = report.byBound.enumerated().map { bound, count in
            "\(OutputFormat.count(count)) with \(bound == 0 ? "no preemption" : bound == 1 ? "1 preemption" : "\(bound) preemptions")"
        }
        if report.sampled > 0 { parts.append("\(OutputFormat.count(report.sampled)) random") }
        let whole: String? =
            report.isExhaustive ? "these are all" : report.finishedBound.map { "all with at most \($0) are done" }
        return parts.joined(separator: ", ") + (whole.map { "; \($0)" } ?? "")
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
        /// statements, writes or steps: where sessions could be stopped.
        var gates: String
        var injected: [String: Int]
        var everyBoundaryFaulted: Bool
        var fault, detail, token: String?
        var steps, rows, preemptions, reproduced, repetitions: Int?

        init(_ report: ExplorationReport, _ scenario: Scenario) {
            (self.scenario, mutant, isolation, seed) = (report.scenario, report.mutant, report.isolation, report.seed)
            injected = Dictionary(uniqueKeysWithValues: report.injected.map { ($0.key.rawValue, $0.value) })
            everyBoundaryFaulted = report.isEveryBoundaryFaulted
            (schedules, seconds, byBound, sampled) = (report.schedules, report.seconds, report.byBound, report.sampled)
            (inconclusive, exhaustive, gates, held) = (report.inconclusive, report.isExhaustive, report.gates.name, report.held)
            guard let finding = report.finding else { return }
            (fault, detail, token) = (finding.violation.summary, finding.detail, finding.token)
            rows = finding.rows
            (preemptions, reproduced, repetitions) = (finding.preemptions, finding.reproduced, finding.repetitions)
            steps = scenario.sessions.map(\.steps.count).reduce(0, +) - finding.leftOut.count
        }
    }
}
