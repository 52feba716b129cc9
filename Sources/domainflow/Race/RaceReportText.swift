import RaceLab

/// A run's report for people.
enum RaceReportText {
    static func print(_ report: RaceReport, _ tables: TableOptions) {
        let mutant = report.mutant.map { " with the mutant '\($0)'" } ?? ""
        Output.line(
            "\(report.scenario)\(mutant): \(OutputFormat.count(report.count)) operations, \(OutputFormat.number(report.perSecond))/s, "
                + "\(report.connections) connections, \(OutputFormat.duration(seconds: report.seconds))"
                + (report.interrupted ? " (interrupted)" : ""))
        var operations = OutputTable(["operation!", "count>", "per second>?", "p50>?", "p95>?", "p99>", "max>?", "conflicts>", "retries>"])
        for operation in report.operations {
            operations.add(
                [operation.name, OutputFormat.count(operation.count), OutputFormat.number(operation.perSecond)]
                    + [operation.p50, operation.p95, operation.p99, operation.max].map { OutputFormat.duration(seconds: $0 / 1_000_000) }
                    + [OutputFormat.count(operation.conflicts), OutputFormat.count(operation.retries)])
        }
        Output.line(operations.render(indent: "  ", width: tables.width))
        var checks = OutputTable(["invariant", "violations>"])
        for invariant in report.invariants { checks.add([invariant.name, OutputFormat.count(invariant.violations)]) }
        for tally in report.tallies {
            let counts = "\(OutputFormat.count(tally.acknowledged)) acknowledged, \(OutputFormat.count(tally.present)) present"
            checks.add(["\(tally.name): \(counts)", OutputFormat.count(tally.missing)])
        }
        Output.line(checks.render(indent: "  ", width: tables.width))
        for invariant in report.invariants where invariant.violations > 0 {
            for sample in invariant.samples { Output.line("  \(invariant.name): \(sample)") }
        }
        for failure in report.failures.prefix(5) {
            Output.line(
                "  unexpected in \(failure.operation): \(failure.sqlState ?? "") \(failure.message) (\(OutputFormat.count(failure.count)) times)"
            )
        }
        if report.reconnects > 0 {
            Output.line("  \(report.reconnects) reconnects, \(OutputFormat.count(report.unknown)) operations of unknown outcome")
        }
        if let rows = report.rows {
            Output.line("  \(OutputFormat.count(rows)) rows written, \(OutputFormat.count(report.conflicts)) calls refused")
        }
        let open = report.interrupted ? "interrupted: no promise was broken until then" : report.emptiness.map { "NO VERDICT: \($0)" }
        Output.line("  \(report.isBroken ? "DID NOT HOLD: " + report.reasons.joined(separator: "; ") : open ?? "held")")
        Output.line("  history: \(report.history), seed \(report.seed)\n")
    }

    static func printSummary(_ reports: [RaceReport], _ tables: TableOptions) {
        var table = OutputTable(["scenario!", "operations>", "per second>?", "conflicts>", "retries>?", "violations>", "verdict"])
        for report in reports {
            table.add([
                report.scenario, OutputFormat.count(report.count), OutputFormat.number(report.perSecond),
                OutputFormat.count(report.conflicts),
                OutputFormat.count(report.retries), OutputFormat.count(report.violations), verdict(of: report),
            ])
        }
        Output.line(table.render(width: tables.width))
        let broken = reports.count(where: \.isBroken)
        let untested = reports.count { !$0.isBroken && !$0.interrupted && $0.emptiness != nil }
        if broken > 0 { Output.line("\(broken) of \(reports.count) scenarios did not hold") }
        if untested > 0 { Output.line("\(untested) of \(reports.count) scenarios have no verdict") }
        if reports.allSatisfy(\.held) { Output.line("all \(reports.count) scenarios held") }
    }

    /// An interrupted run is judged too, but it does not show that the scenario holds.
    private static func verdict(of report: RaceReport) -> String {
        report.isBroken ? "DID NOT HOLD" : report.interrupted ? "interrupted" : report.held ? "held" : "NO VERDICT"
    }

    static func interruption(of reports: [RaceReport], among scenarios: [Scenario]) -> CommandFailure {
        let whole = reports.count { !$0.interrupted }
        let broken = reports.count(where: \.isBroken)
        return .interrupted(
            "\(whole) of \(scenarios.count) scenarios were completed" + (broken > 0 ? ", \(broken) did not hold" : "")
                + notRun(scenarios.dropFirst(reports.count).map(\.name)))
    }

    /// The end of a sentence that names what an interrupted command did not come to.
    static func notRun(_ names: [String]) -> String { names.isEmpty ? "" : "; not run: " + names.joined(separator: ", ") }
}
