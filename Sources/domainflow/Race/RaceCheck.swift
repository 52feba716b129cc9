import ArgumentParser
import Foundation
import RaceLab

struct RaceCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the history of a run for anomalies.",
        discussion: """
            A row with a column race_key in an operation's answer describes an access to that key: race_read is the version that was \
            read, race_write the version that was written, null for none. Versions are integers that grow in the order of the writes. \
            Each operation is one transaction; T12 is the one on line 12. Without an option, all checks run, at the level serializable. \
            Exit code 0 if nothing was found, 1 if something was, 130 if interrupted.
            """)

    @Argument(help: "History file that `race run` wrote.")
    var history: String

    @Option(
        help: ArgumentHelp(
            "Find the anomalies that this level forbids: G0; from read committed on G1a, G1b and G1c; from repeatable read on G-single; at serializable G2-item.",
            valueName: "isolation level"))
    var level: IsolationLevel?

    @Flag(help: "Check that the operations on each key are linearizable: each takes effect at one moment between its call and its answer.")
    var linearizable = false

    @Flag(help: "Check that the versions of each key form one chain, without forks, gaps or lost updates.")
    var versions = false

    @Option(help: ArgumentHelp("Write the history to this file, for the model rw-register of elle-cli.", valueName: "file"))
    var elle: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        struct Check: Encodable {
            var check: String
            var count: Int
            var findings: [CheckFinding]
            var notes: [String]
        }
        var history: String
        var operations, accesses: Int
        var held: Bool
        var checks: [Check]
    }

    func run() async throws {
        var checks: [HistoryCheck] = level.map { [.isolation($0)] } ?? []
        if versions { checks.append(.versions) }
        if linearizable { checks.append(.linearizable) }
        if checks.isEmpty { checks = [.isolation(.serializable), .versions, .linearizable] }
        let stop = Interrupt.watch()
        let run = CheckRun(history: history, elle: elle, checks: checks)
        run.start()
        // An interrupted check is abandoned: it leaves nothing to clean up.
        while !run.isOver, !stop.isSet { try? await Task.sleep(for: .milliseconds(20)) }
        let (read, results) = try RaceOptions.reporting { try run.results() }
        let isOver = run.isOver
        let held = isOver && results.allSatisfy { $0.findings.count == 0 }
        if json {
            try Output.json(
                Report(
                    history: history, operations: read.operations, accesses: read.accesses, held: held,
                    checks: results.map {
                        .init(check: $0.check.name, count: $0.findings.count, findings: $0.findings.first, notes: $0.findings.notes)
                    }))
        } else {
            print(results, of: read)
        }
        if !isOver { throw CommandFailure.interrupted("\(results.count) of \(checks.count) checks were completed") }
        if !held { throw ExitStatus.failed.code }
    }

    private func print(_ results: [CheckRun.Answer], of read: CheckRun.Size) {
        Output.line(
            "\(history): \(OutputFormat.count(read.operations)) operations, \(OutputFormat.count(read.accesses)) reads and writes of rows")
        for (check, findings) in results {
            Output.line("\(check.name): \(findings.count == 0 ? "nothing found" : "\(OutputFormat.count(findings.count)) found")")
            for finding in findings.first { Output.line("  \(finding.text)") }
            if findings.count > findings.first.count {
                Output.line("  and \(OutputFormat.count(findings.count - findings.first.count)) more")
            }
            for note in findings.notes { Output.line("  note: \(note)") }
        }
    }
}

extension IsolationLevel: ExpressibleByArgument {}
