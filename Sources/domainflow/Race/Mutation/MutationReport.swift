import RaceLab

/// The verdicts of one `race mutate`.
struct MutationReport {
    /// The number of changes, tried or not.
    let total: Int
    private(set) var verdicts: [MutationVerdict] = []
    private(set) var junit = OutputJUnit(suite: "domainflow race mutate")

    init(total: Int) { self.total = total }

    var isGood: Bool { verdicts.count == total && verdicts.allSatisfy(\.outcome.isGood) }

    func count(_ outcome: MutationVerdict.Outcome) -> Int { verdicts.count { $0.outcome == outcome } }

    mutating func add(_ verdict: MutationVerdict) {
        verdicts.append(verdict)
        let by = verdict.by.joined(separator: "\n")
        let result: OutputJUnit.Verdict =
            switch verdict.outcome {
            case .killed, .clean: .passed
            case .survived: .failed(message: "the mutant survived \(verdict.effort)", detail: "seed \(verdict.seed)")
            case .flagged:
                .failed(message: "the harmless change was flagged after \(verdict.effort)", detail: "\(by)\nseed \(verdict.seed)")
            case .stale: .broken(message: by)
            }
        junit.add(verdict.scenario, verdict.change, seconds: verdict.seconds, result)
    }

    /// Reports the changes that an interrupted command did not reach as skipped in the JUnit file.
    mutating func skipRest(of scenarios: [Scenario]) {
        let changes = scenarios.flatMap { scenario in scenario.changes.map { (scenario.name, $0.name) } }
        for (scenario, change) in changes.dropFirst(verdicts.count) { junit.skip(scenario, change) }
    }

    func print(_ scenario: Scenario, _ tables: TableOptions) {
        var table = OutputTable(["change", "verdict", "by", "after", "seconds>", "broken promise"])
        for verdict in verdicts where verdict.scenario == scenario.name {
            let name = verdict.outcome.isGood ? verdict.outcome.rawValue : verdict.outcome.rawValue.uppercased()
            let by = verdict.by.first.map { $0 + (verdict.by.count > 1 ? ", and \(verdict.by.count - 1) more" : "") }
            table.add([
                verdict.change, name, verdict.mode?.rawValue ?? "", verdict.effort, OutputFormat.number(verdict.seconds),
                verdict.outcome == .stale ? "" : by ?? "",
            ])
        }
        guard !table.isEmpty else { return }
        Output.line(scenario.name)
        Output.line(table.render(indent: "  ", width: tables.width))
    }

    var summary: String {
        let killed = verdicts.filter { $0.outcome == .killed }
        let explored = killed.count { $0.mode == .explore }
        let harmless = verdicts.count(where: \.harmless)
        var parts = ["\(killed.count) of \(verdicts.count - harmless) mutants killed"]
        if !killed.isEmpty { parts[0] += " (\(killed.count - explored) by hammering, \(explored) by exploring)" }
        if harmless > 0 { parts.append("\(count(.clean)) of \(harmless) harmless changes clean") }
        if count(.stale) > 0 { parts.append("\(count(.stale)) stale") }
        if verdicts.count < total { parts.append("interrupted, \(total - verdicts.count) not tried") }
        return parts.joined(separator: ", ") + ", in \(OutputFormat.duration(seconds: verdicts.reduce(0) { $0 + $1.seconds }))"
    }
}
