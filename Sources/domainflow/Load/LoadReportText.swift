import Foundation
import RaceLab

/// A load's report for people.
enum LoadReportText {
    static func print(_ report: LoadReport, baseline: String?) {
        Output.line(
            "\(report.scenario), \(report.profile.rawValue): \(OutputFormat.number(report.rate))/s at the peak, \(report.arrivals.rawValue) arrivals, "
                + "\(report.connections) connections, \(OutputFormat.duration(seconds: report.seconds)), seed \(report.seed)"
                + (report.interrupted ? " (interrupted)" : ""))
        operations(report)
        if !report.p95BySecond.isEmpty { Output.line("  p95 over time: \(sparkline(report.p95BySecond))") }
        if report.dropped > 0 {
            Output.line("  \(OutputFormat.count(report.dropped)) arrivals were dropped: too many waited for a connection")
        }
        if let lateness = report.lateness, let p95 = report.total.p95, lateness > max(1, p95 / 4) {
            Output.line(
                "  this program itself started operations up to \(milliseconds(lateness)) late (p99): the machine is short of processor time"
            )
        }
        for failure in report.failures.prefix(5) {
            Output.line(
                "  \(failure.operation): \(failure.sqlState ?? "error") \(failure.message) (\(OutputFormat.count(failure.count)) times)")
        }
        if let steps = report.steps { Self.steps(steps, report) }
        if let recovery = report.recovery { Self.recovery(recovery) }
        if !report.thresholds.isEmpty { thresholds(report.thresholds) }
        if let aborted = report.aborted { Output.line("  ended early: \(aborted) could not hold any more") }
        if let drift = report.drift { Self.drift(drift) }
        if let baseline {
            if report.comparison == nil { Output.line("  \(baseline) knew nothing about this scenario, profile and rate until now") }
            for line in report.comparison ?? [] { Output.line("  " + text(line, of: "of the baseline", tooFew: "both loads need")) }
        }
        verdict(report)
    }

    private static func operations(_ report: LoadReport) {
        let severals = report.operations.count > 1
        var table = OutputTable(["operation", "count>", "per second>", "p50>", "p90>", "p95>", "p99>", "p99.9>", "max>", "errors>"])
        for line in report.operations + (severals ? [report.total] : []) {
            table.add(
                [line.operation ?? "all", OutputFormat.count(line.count), OutputFormat.number(line.perSecond)]
                    + [line.p50, line.p90, line.p95, line.p99, line.p999, line.max].map(milliseconds) + [OutputFormat.count(line.errors)])
        }
        Output.line(table.render(indent: "  "))
    }

    private static func steps(_ steps: [LoadReport.Step], _ report: LoadReport) {
        var table = OutputTable(["rate>", "answers>", "p95>", "thresholds"])
        for step in steps {
            let broken = step.thresholds.filter { !$0.held }.map(text)
            table.add([
                OutputFormat.number(step.rate) + "/s", OutputFormat.count(step.count), milliseconds(step.p95),
                broken.isEmpty ? "held" : "BROKEN: " + broken.joined(separator: ", "),
            ])
        }
        Output.line("\n" + table.render(indent: "  "))
        let highest = report.highestHeld.map { "held up to \(OutputFormat.number($0))/s" } ?? "held at no rate"
        Output.line("  \(highest)\(report.thresholdsHeld ? ", the highest that was tried" : "")")
    }

    private static func recovery(_ recovery: LoadReport.Recovery) {
        let values = [recovery.before, recovery.spike, recovery.after].map(milliseconds)
        Output.line("  p95 before the spike \(values[0]), in it \(values[1]), after it \(values[2])")
        guard recovery.before != nil else { return }
        Output.line(
            recovery.seconds.map { $0 == 0 ? "  recovered at once" : "  recovered after \(OutputFormat.duration(seconds: $0))" }
                ?? "  NOT recovered before the end")
    }

    private static func thresholds(_ verdicts: [LoadReport.Verdict]) {
        var table = OutputTable(["threshold", "measured>", "verdict"])
        for verdict in verdicts {
            table.add([verdict.threshold, verdict.value.map(OutputFormat.number) ?? "nothing", verdict.held ? "held" : "BROKEN"])
        }
        Output.line("\n" + table.render(indent: "  "))
    }

    private static func drift(_ drift: LoadReport.Drift) {
        for line in drift.latency where line.name != "rate" {
            Output.line("  " + text(line, of: "of the first third in the last", tooFew: "each third needs"))
        }
        func grown(_ what: String, _ before: Int?, _ after: Int?, _ note: String = "") {
            guard let before, let after else { return Output.line("  \(what): unknown") }
            Output.line("  \(what): \(OutputFormat.bytes(before)) after the first third, \(OutputFormat.bytes(after)) at the end\(note)")
        }
        grown("memory of a server process", drift.memoryBefore, drift.memoryAfter, drift.memoryGrows ? ": GROWS" : "")
        grown("database", drift.sizeBefore, drift.sizeAfter)
    }

    /// `p95 1.32x of the baseline (95 % interval 1.21 to 1.44): regression`
    static func text(_ comparison: LoadComparison, of what: String, tooFew: String) -> String {
        guard let ratio = comparison.ratio, let low = comparison.low, let high = comparison.high else {
            return "\(comparison.name): too few samples to compare; \(tooFew) ten parts of a second or more, with "
                + "\(LoadBatches.needed(for: comparison.name)) answers each"
        }
        let percent = String(format: "%g", comparison.confidence * 100)
        return
            "\(comparison.name) \(factor(ratio))x \(what) (\(percent) % interval \(factor(low)) to \(factor(high))): \(comparison.verdict.rawValue)"
    }

    private static func verdict(_ report: LoadReport) {
        for invariant in report.invariants where invariant.violations > 0 {
            for sample in invariant.samples { Output.line("  \(invariant.name): \(sample)") }
        }
        let reasons =
            report.invariants.filter { $0.violations > 0 }.map { "\($0.name): \(OutputFormat.count($0.violations)) violations" }
            + report.tallies.filter { $0.missing > 0 }.map { "\($0.name): \(OutputFormat.count($0.missing)) missing" }
            + (report.promisesHeld || report.failures.allSatisfy { $0.operation != "settle" } ? [] : ["settling failed"])
            + (report.thresholdsHeld ? [] : ["thresholds"]) + (report.regressed ? ["slower than the baseline"] : [])
            + (report.isCompared ? [] : ["too few samples to compare with the baseline"])
            + (report.drift?.isShown == true ? ["drift"] : [])
        Output.line("  \(report.held ? "held" : "DID NOT HOLD: " + reasons.joined(separator: "; "))")
        Output.line("  history: \(report.history)\n")
    }

    private static func text(_ verdict: LoadReport.Verdict) -> String {
        "\(verdict.threshold) was \(verdict.value.map(OutputFormat.number) ?? "not measured")"
    }

    private static func factor(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func milliseconds(_ value: Double?) -> String { value.map { OutputFormat.duration(seconds: $0 / 1000) } ?? "-" }

    /// At most sixty columns; each is the worst of its part.
    static func sparkline(_ values: [Double?]) -> String {
        let columns = min(60, values.count)
        return OutputFormat.sparkline(
            (0..<columns).map { column in
                let part = values[column * values.count / columns..<(column + 1) * values.count / columns]
                return part.compactMap(\.self).max() ?? .nan
            })
    }
}
