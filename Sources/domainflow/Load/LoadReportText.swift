import Foundation
import RaceLab

/// The report of a load as text.
struct LoadReportText {
    let report: LoadReport
    let tables: TableOptions

    func print(baseline: String?) {
        Output.line(
            "\(report.scenario), \(report.profile.rawValue): \(OutputFormat.number(report.rate))/s at the peak, \(report.arrivals.rawValue) arrivals, "
                + "\(report.connections) connections, \(OutputFormat.duration(seconds: report.seconds)), seed \(report.seed)"
                + (report.interrupted ? " (interrupted)" : ""))
        operations()
        if !report.p95BySecond.isEmpty { Output.line("  p95 over time: \(Self.sparkline(report.p95BySecond))") }
        if report.dropped > 0 {
            Output.line("  \(OutputFormat.count(report.dropped)) arrivals were dropped, because too many waited for a connection")
        }
        if let lateness = report.lateness, let p95 = report.total.p95, lateness > max(1, p95 / 4) {
            Output.line(
                "  this program started operations up to \(Self.milliseconds(lateness)) late (p99): the machine is short of processor time"
            )
        }
        for failure in report.failures.prefix(5) {
            Output.line(
                "  \(failure.operation): \(failure.sqlState ?? "error") \(failure.message) (\(OutputFormat.count(failure.count)) times)")
        }
        if let steps = report.steps { self.steps(steps) }
        if let recovery = report.recovery { self.recovery(recovery) }
        if !report.thresholds.isEmpty { thresholds(report.thresholds) }
        if let aborted = report.aborted { Output.line("  ended early: \(aborted) could no longer hold") }
        if let drift = report.drift { self.drift(drift) }
        if let baseline {
            if report.comparison == nil { Output.line("  \(baseline) had no entry for this scenario, profile and rate") }
            for line in report.comparison ?? [] { Output.line("  " + Self.text(line, of: "of the baseline", tooFew: "both loads need")) }
        }
        verdict()
    }

    private func operations() {
        let severals = report.operations.count > 1
        var table = OutputTable(["operation!", "count>", "per second>?", "p50>", "p90>?", "p95>", "p99>", "p99.9>?", "max>?", "errors>"])
        for line in report.operations + (severals ? [report.total] : []) {
            table.add(
                [line.operation ?? "all", OutputFormat.count(line.count), OutputFormat.number(line.perSecond)]
                    + [line.p50, line.p90, line.p95, line.p99, line.p999, line.max].map(Self.milliseconds) + [
                        OutputFormat.count(line.errors)
                    ])
        }
        Output.line(table.render(indent: "  ", width: tables.width))
    }

    private func steps(_ steps: [LoadReport.Step]) {
        var table = OutputTable(["rate>", "answers>", "p95>", "thresholds"])
        for step in steps {
            let broken = step.thresholds.filter { !$0.held }.map(Self.text)
            table.add([
                OutputFormat.number(step.rate) + "/s", OutputFormat.count(step.count), Self.milliseconds(step.p95),
                broken.isEmpty ? held : "BROKEN: " + broken.joined(separator: ", "),
            ])
        }
        Output.line("\n" + table.render(indent: "  ", width: tables.width))
        let highest = report.highestHeld.map { "held up to \(OutputFormat.number($0))/s" } ?? "held at no rate"
        Output.line("  \(highest)\(report.thresholdsHeld ? ", the highest rate tried" : "")")
    }

    /// Interrupted before the first answer: no threshold has a value, and none is broken.
    private var isUnmeasured: Bool { report.interrupted && report.total.count == 0 }

    /// The verdict of a threshold that was not broken.
    private var held: String { report.interrupted ? "held so far" : "held" }

    private func recovery(_ recovery: LoadReport.Recovery) {
        let values = [recovery.before, recovery.spike, recovery.after].map(Self.milliseconds)
        Output.line("  p95 before the spike \(values[0]), during it \(values[1]), after it \(values[2])")
        guard recovery.before != nil else { return }
        Output.line(
            recovery.seconds.map { $0 == 0 ? "  recovered at once" : "  recovered after \(OutputFormat.duration(seconds: $0))" }
                ?? "  NOT recovered by the end")
    }

    private func thresholds(_ verdicts: [LoadReport.Verdict]) {
        var table = OutputTable(["threshold", "measured>", "verdict"])
        for verdict in verdicts {
            let verdictText = verdict.held ? held : isUnmeasured ? "not measured" : "BROKEN"
            table.add([verdict.threshold, verdict.value.map(OutputFormat.number) ?? "nothing", verdictText])
        }
        Output.line("\n" + table.render(indent: "  ", width: tables.width))
    }

    private func drift(_ drift: LoadReport.Drift) {
        for line in drift.latency where line.name != "rate" {
            Output.line("  " + Self.text(line, of: "from the first third to the last", tooFew: "each third needs"))
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

    private func verdict() {
        for invariant in report.invariants where invariant.violations > 0 {
            for sample in invariant.samples { Output.line("  \(invariant.name): \(sample)") }
        }
        let whole = report.interrupted ? "interrupted: nothing was broken until then" : "held"
        Output.line("  \(reasons.isEmpty ? whole : "DID NOT HOLD: " + reasons.joined(separator: "; "))")
        Output.line("  history: \(report.history)\n")
    }

    /// Why it did not hold; what an interrupted load had no time to measure is no reason.
    private var reasons: [String] {
        report.invariants.filter { $0.violations > 0 }.map { "\($0.name): \(OutputFormat.count($0.violations)) violations" }
            + report.tallies.filter { $0.missing > 0 }.map { "\($0.name): \(OutputFormat.count($0.missing)) missing" }
            + (report.promisesHeld || report.failures.allSatisfy { $0.operation != "settle" } ? [] : ["settling failed"])
            + (report.thresholdsHeld || isUnmeasured ? [] : ["thresholds"]) + (report.regressed ? ["slower than the baseline"] : [])
            + (report.isCompared || report.interrupted ? [] : ["too few samples to compare with the baseline"])
            + (report.drift?.isShown == true ? ["drift"] : [])
    }

    /// How far an interrupted load came.
    var interruption: String {
        "after \(OutputFormat.count(report.total.count)) answers in \(OutputFormat.duration(seconds: report.seconds))"
            + (reasons.isEmpty ? "" : ", and it did not hold")
    }

    private static func text(_ verdict: LoadReport.Verdict) -> String {
        "\(verdict.threshold) was \(verdict.value.map(OutputFormat.number) ?? "not measured")"
    }

    private static func factor(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func milliseconds(_ value: Double?) -> String { value.map { OutputFormat.duration(seconds: $0 / 1000) } ?? "-" }

    /// At most sixty columns; each shows the worst value of its part.
    static func sparkline(_ values: [Double?]) -> String {
        let columns = min(60, values.count)
        return OutputFormat.sparkline(
            (0..<columns).map { column in
                let part = values[column * values.count / columns..<(column + 1) * values.count / columns]
                return part.compactMap(\.self).max() ?? .nan
            })
    }
}
