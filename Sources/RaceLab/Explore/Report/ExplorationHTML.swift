import Foundation

/// Renders what explorations covered and found as one self-contained page, for the artifacts of a CI job.
public enum ExplorationHTML {
    public static func page(_ explorations: [(report: ExplorationReport, scenario: Scenario)]) -> String {
        let rows = explorations.map { report, _ in
            "<tr class=\"\(report.held ? "held" : "broken")\"><td>\(escaped(title(report)))</td><td>\(verdict(report))</td>"
                + "<td class=\"n\">\(report.schedules)</td><td class=\"n\">\(report.injected.values.reduce(0, +))</td>"
                + "<td class=\"n\">\(report.inconclusive)</td><td class=\"n\">\(String(format: "%.1f", report.seconds))</td>"
                + "<td>\(escaped(report.gates.name))</td><td>\(report.seed)</td></tr>\n"
        }.joined()
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Races</title><style>\(style)</style></head><body>
            <h1>Races</h1>
            <table><tr><th>scenario</th><th>verdict</th><th>schedules</th><th>faults</th><th>no verdict</th><th>seconds</th><th>stops at</th>\
            <th>seed</th></tr>
            \(rows)</table>
            \(explorations.map { section($0.report, $0.scenario) }.joined(separator: "\n"))
            </body></html>

            """
    }

    private static func title(_ report: ExplorationReport) -> String {
        report.scenario + (report.mutant.map { ", mutant '\($0)'" } ?? "") + (report.isolation.map { ", \($0)" } ?? "")
    }

    private static func verdict(_ report: ExplorationReport) -> String {
        if let finding = report.finding { return escaped("\(finding.isStable ? "broken" : "unstable"): \(finding.violation.summary)") }
        if report.interrupted { return "interrupted" }
        if let reason = report.undecided { return "no verdict: \(escaped(reason))" }
        return report.isExhaustive ? "held in every schedule" : "held"
    }

    private static func section(_ report: ExplorationReport, _ scenario: Scenario) -> String {
        var text = "<h2>\(escaped(title(report)))</h2>\n<p>\(escaped(scenario.summary))</p>\n\(coverage(report))\n"
        guard let finding = report.finding else { return text }
        text += "<p class=\"broken\">\(escaped(finding.violation.summary))</p>\n<pre>\(escaped(finding.detail))</pre>\n"
        text += finding.svg(of: scenario)
        text +=
            "<p>\(finding.rate). Token: <code>\(escaped(finding.token))</code></p>\n"
        text += "<details><summary>For psql</summary><pre>\(escaped(finding.script(of: scenario)))</pre></details>\n"
        return text + "<details><summary>For isolationtester</summary><pre>\(escaped(finding.spec(of: scenario)))</pre></details>\n"
    }

    /// Schedules by their preemptions, and faults by their kind.
    private static func coverage(_ report: ExplorationReport) -> String {
        var counts = report.byBound.enumerated().map { ("\($0) preemption\($0 == 1 ? "" : "s")", $1) }
        if report.sampled > 0 { counts.append(("random", report.sampled)) }
        counts += InjectedFault.allCases.compactMap { fault in report.injected[fault].map { ("fault: \(fault.rawValue)", $0) } }
        let most = max(counts.map(\.1).max() ?? 1, 1)
        let rows = counts.map { name, count in
            "<tr><td>\(escaped(name))</td><td class=\"n\">\(count)</td>"
                + "<td><div class=\"bar\" style=\"width:\(max(1, count * 240 / most))px\"></div></td></tr>"
        }
        return "<table>\(rows.joined())</table>"
    }

    /// Text for XML 1.0 and HTML. Characters that XML cannot hold, not even escaped, become U+FFFD.
    ///
    /// - Parameter inAttribute: line breaks and tabs become references, because a reader of an attribute makes them blanks.
    public static func escaped(_ text: String, inAttribute: Bool = false) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n" where !inAttribute, "\t" where !inAttribute: escaped.unicodeScalars.append(scalar)
            // Outside of an attribute a reader makes a line feed of it.
            case "\n", "\t", "\r": escaped += "&#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    private static let style = """
        body{font:14px system-ui,sans-serif;margin:2em;max-width:80em;color:#222}table{border-collapse:collapse;margin:1em 0}
        td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd}.n{text-align:right}.bar{background:#7a9cc6;height:.8em}
        tr.broken td:nth-child(2),p.broken{color:#b00020;font-weight:600}pre{background:#f6f6f6;padding:.8em;overflow:auto}
        svg text{font:12px ui-monospace,monospace}
        """
}
