import ArgumentParser
import Foundation
import RaceLab

struct RaceSpec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spec",
        abstract: "Run isolationtester files of PostgreSQL, and compare their output with the expected one.",
        discussion: """
            Prints what isolationtester prints. With --expected, it compares this with the .out files in that folder (name.out, \
            name_1.out, …) and prints a table instead; exit code 1 if a file differs. Each file runs in a database of its own.
            """)

    @Argument(help: "Paths of .spec files.")
    var files: [String]

    @Option(help: ArgumentHelp("Folder of the .out files with the expected output.", valueName: "folder"))
    var expected: String?

    @Option(help: ArgumentHelp("Folder for the output of each file, written as name.out.", valueName: "folder"))
    var output: String?

    @Option(help: "Number of files to run in parallel.")
    var jobs = 1

    @Flag(
        help: ArgumentHelp(
            "Run in the connection's own database, one file after the other.", discussion: "For files that refer to their database by name."
        ))
    var inPlace = false

    @OptionGroup var connection: ConnectionOptions

    @OptionGroup var tables: TableOptions

    @Flag(help: "Print one JSON object per file, each on a line.")
    var json = false

    private struct Outcome: Encodable, Sendable {
        var spec: String
        var sessions, permutations: Int
        var seconds: Double
        /// nil if there is nothing to compare with.
        var equal: Bool?
        var problem: String?
        var isInterrupted: Bool { problem == "interrupted" }
    }

    func validate() throws {
        if jobs < 1 { throw ValidationError("--jobs must be at least 1") }
        if inPlace, jobs > 1 { throw ValidationError("--in-place runs one file after the other and cannot be combined with --jobs") }
    }

    func run() async throws {
        let scenarios = try RaceOptions.scenarios(files)
        if let output { try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true) }
        let stop = Interrupt.watch()
        let server = try await connection.resolve()
        let pool = SpecDatabases(databases: ScratchDatabases(server: server), inPlace: inPlace ? server : nil)
        let start = ContinuousClock.now
        var outcomes: [Outcome] = []
        do {
            try await withThrowingTaskGroup(of: Outcome.self) { group in
                var left = scenarios[...]
                for _ in 0..<jobs { if let next = left.popFirst() { group.addTask { try await one(next, pool, stop) } } }
                while let outcome = try await group.next() {
                    outcomes.append(outcome)
                    if json { try Output.json(outcome, compact: true) }
                    if !stop.isSet, let next = left.popFirst() { group.addTask { try await one(next, pool, stop) } }
                }
            }
        } catch {
            try? await pool.databases.dropAll()
            throw RaceOptions.translated(error)
        }
        try await pool.databases.dropAll()
        report(outcomes, seconds: start.duration(to: .now) / .seconds(1))
        if stop.isSet {
            throw CommandFailure.interrupted("\(outcomes.count { !$0.isInterrupted }) of \(scenarios.count) files were completed")
        }
        if outcomes.contains(where: { $0.equal == false || $0.problem != nil }) { throw ExitStatus.failed.code }
    }

    private func one(_ scenario: Scenario, _ pool: SpecDatabases, _ stop: StopFlag) async throws -> Outcome {
        let conninfo = try await pool.take()
        let run = try await SpecRun.run(scenario, conninfo: conninfo, stop: stop)
        // The remains of a run that broke off must not disturb the next one.
        if run.isComplete { await pool.giveBack(conninfo) }
        var outcome = Outcome(
            spec: scenario.name, sessions: scenario.sessions.count, permutations: run.permutations, seconds: run.seconds)
        if let output { try run.transcript.write(toFile: "\(output)/\(scenario.name).out", atomically: true, encoding: .utf8) }
        let isInterrupted = !run.isComplete && stop.isSet
        if let expected, !isInterrupted {
            outcome.equal = Self.expectations(of: scenario.name, in: expected).contains(run.transcript)
        }
        if expected == nil, !json { Output.document(run.transcript) }
        if isInterrupted {
            outcome.problem = "interrupted"
        } else if expected == nil, !run.isComplete {
            outcome.problem = run.transcript.split(separator: "\n").last.map(String.init)
        }
        return outcome
    }

    /// `name.out` and its alternatives `name_1.out` to `name_9.out`.
    private static func expectations(of name: String, in folder: String) -> [String] {
        ([""] + (0...9).map { "_\($0)" }).compactMap { try? String(contentsOfFile: "\(folder)/\(name)\($0).out", encoding: .utf8) }
    }

    private func report(_ outcomes: [Outcome], seconds: Double) {
        guard !json, expected != nil else { return }
        var table = OutputTable(["spec", "sessions>", "permutations>", "per second>", "output"])
        for outcome in outcomes.sorted(by: { $0.spec < $1.spec }) {
            table.add([
                outcome.spec, "\(outcome.sessions)", OutputFormat.count(outcome.permutations),
                OutputFormat.number(Double(outcome.permutations) / max(outcome.seconds, 0.001)),
                outcome.isInterrupted ? "interrupted" : outcome.equal == true ? "equal" : "DIFFERS",
            ])
        }
        Output.line(table.render(width: tables.width))
        let equal = outcomes.count { $0.equal == true }
        let permutations = outcomes.reduce(0) { $0 + $1.permutations }
        Output.line(
            "\(equal) of \(outcomes.count) equal; \(OutputFormat.count(permutations)) permutations in \(OutputFormat.duration(seconds: seconds))"
        )
    }
}

/// Empty databases that one file after another uses.
private actor SpecDatabases {
    let databases: ScratchDatabases
    private let inPlace: String?
    private var free: [String] = []

    init(databases: ScratchDatabases, inPlace: String?) {
        self.databases = databases
        self.inPlace = inPlace
    }

    func take() async throws -> String {
        if let inPlace { return inPlace }
        if let conninfo = free.popLast() { return conninfo }
        return try await databases.create(empty: true).conninfo
    }

    func giveBack(_ conninfo: String) { free.append(conninfo) }
}
