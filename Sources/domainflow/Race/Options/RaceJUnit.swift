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
            throw CommandFailure(.badInput, "cannot write \(junit): \(error.localizedDescription)")
        }
    }
}

extension ExplorationReport {
    /// Why it has no verdict although no promise was broken.
    var indecision: String {
        schedules == 0
            ? "the time was too short for a single schedule" : "\(inconclusive) of \(schedules) schedules were inconclusive"
    }
}

extension OutputJUnit {
    mutating func add(_ report: RaceReport) {
        let reasons = report.reasons
        add(
            report.scenario, report.mutant ?? "run", seconds: report.seconds,
            report.held
                ? report.interrupted ? .broken(message: "interrupted after \(report.count) operations") : .passed
                : .failed(
                    message: reasons.first ?? "did not hold",
                    detail: (reasons + report.invariants.flatMap(\.samples) + ["seed \(report.seed)"]).joined(separator: "\n")))
    }

    /// A test that an interrupted command did not reach counts as an error; otherwise the file would read as if all had passed.
    mutating func skip(_ group: String, _ name: String) {
        add(group, name, seconds: 0, .broken(message: "interrupted before it ran"))
    }

    mutating func add(_ report: ExplorationReport) {
        let verdict: Verdict
        if let finding = report.finding {
            verdict = .failed(message: finding.violation.summary, detail: "\(finding.detail)\nseed \(report.seed), token \(finding.token)")
        } else if report.interrupted {
            verdict = .broken(message: "interrupted after \(report.schedules) schedules")
        } else if report.held {
            verdict = .passed
        } else {
            verdict = .broken(message: report.indecision)
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
