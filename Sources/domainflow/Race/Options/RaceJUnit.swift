import ArgumentParser
import Foundation
import RaceLab

/// `--junit`: the verdicts of a command, with a test case for each scenario or change.
struct RaceJUnit: ParsableArguments {
    @Option(help: ArgumentHelp("Also write the verdicts to this file, as JUnit XML.", valueName: "file"))
    var junit: String?

    /// Called before the work too, with an empty report, so that a path that cannot be written fails early.
    func write(_ report: OutputJUnit) throws {
        guard let junit else { return }
        do {
            try Data(report.render().utf8).write(to: URL(filePath: junit))
        } catch {
            throw CommandFailure.cannotWrite(junit, error)
        }
    }
}

extension OutputJUnit {
    mutating func add(_ report: RaceReport) {
        let verdict: Verdict
        if report.isBroken {
            let detail = report.reasons + report.invariants.flatMap(\.samples) + ["seed \(report.seed)"]
            verdict = .failed(message: report.reasons.first ?? "did not hold", detail: detail.joined(separator: "\n"))
        } else if report.interrupted {
            verdict = .skipped(message: "interrupted after \(report.count) operations")
        } else {
            verdict = report.emptiness.map { .broken(message: "no verdict: \($0)") } ?? .passed
        }
        add(report.scenario, report.mutant ?? "run", seconds: report.seconds, verdict)
    }

    /// A test that an interrupted command did not reach is named; otherwise the file would read as if all had passed.
    mutating func skip(_ group: String, _ name: String) {
        add(group, name, seconds: 0, .skipped(message: "interrupted before it ran"))
    }

    mutating func add(_ report: ExplorationReport) {
        let verdict: Verdict
        if let finding = report.finding {
            verdict = .failed(
                message: (finding.isStable ? "" : "unstable, \(finding.rate): ") + finding.violation.summary,
                detail: "\(finding.detail)\nseed \(report.seed), token \(finding.token)")
        } else if report.interrupted {
            verdict = .skipped(message: "interrupted after \(report.schedules) schedules")
        } else {
            verdict = report.undecided.map { .broken(message: "no verdict: \($0)") } ?? .passed
        }
        add(report.scenario, Self.name(report.mutant, report.isolation), seconds: report.seconds, verdict)
    }

    mutating func skip(_ exploration: Scenario, mutant: String?) {
        skip(exploration.name, Self.name(mutant, exploration.isolation))
    }

    private static func name(_ mutant: String?, _ isolation: String?) -> String {
        (mutant ?? "explore") + (isolation.map { " at \($0)" } ?? "")
    }
}
