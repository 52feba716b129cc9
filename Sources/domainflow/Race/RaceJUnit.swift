import ArgumentParser
import Foundation
import RaceLab

/// `--junit`: the verdicts of a command, a testcase for each scenario or change.
struct RaceJUnit: ParsableArguments {
    @Option(help: ArgumentHelp("Write the verdicts there too, as JUnit's XML.", valueName: "file"))
    var junit: String?

    /// Also when there is nothing in it yet: a path that cannot be written is found before the work, not after it.
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
    /// Why it says nothing although no promise was broken.
    var indecision: String {
        schedules == 0
            ? "no schedule was run in the time there was" : "\(inconclusive) of \(schedules) schedules could not be decided"
    }
}

extension OutputJUnit {
    mutating func add(_ report: RaceReport) {
        let reasons = report.reasons
        add(
            report.scenario, report.mutant ?? "run", seconds: report.seconds,
            report.held
                ? .passed
                : .failed(
                    message: reasons.first ?? "did not hold",
                    detail: (reasons + report.invariants.flatMap(\.samples) + ["seed \(report.seed)"]).joined(separator: "\n")))
    }

    mutating func add(_ report: ExplorationReport) {
        let verdict: Verdict
        if let finding = report.finding {
            verdict = .failed(message: finding.violation.summary, detail: "\(finding.detail)\nseed \(report.seed), token \(finding.token)")
        } else if report.held {
            verdict = .passed
        } else {
            verdict = .broken(message: report.indecision)
        }
        let name = (report.mutant ?? "explore") + (report.isolation.map { " at \($0)" } ?? "")
        add(report.scenario, name, seconds: report.seconds, verdict)
    }
}
