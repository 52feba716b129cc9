import RaceLab

/// The verdicts of one `race mutate --generated`.
struct GeneratedReport {
    /// The number of mutants, judged or not.
    let total: Int
    /// Explanations that fit no mutant, as `file:line: …`.
    var stale: [String] = []
    private(set) var verdicts: [GeneratedVerdict] = []
    private(set) var junit = OutputJUnit(suite: "domainflow race mutate --generated")
    private var survivors: [GeneratedMutant] = []

    init(total: Int) { self.total = total }

    func count(_ outcome: GeneratedVerdict.Outcome) -> Int { verdicts.count { $0.outcome == outcome } }

    mutating func add(_ mutant: GeneratedMutant, _ verdict: GeneratedVerdict) {
        verdicts.append(verdict)
        if verdict.outcome == .survived { survivors.append(mutant) }
        junit.add(
            verdict.function, "\(verdict.line) \(verdict.change)\(verdict.number > 1 ? " #\(verdict.number)" : ""): \(verdict.before)",
            seconds: verdict.seconds,
            verdict.outcome == .survived ? .failed(message: "the mutant survived", detail: mutant.heading) : .passed)
    }

    /// Reports the mutants that an interrupted command did not reach as skipped in the JUnit file.
    mutating func skipRest(of mutants: [GeneratedMutant]) {
        for mutant in mutants.dropFirst(verdicts.count) { junit.skip(mutant.function, "\(mutant.line) \(mutant.change.rawValue)") }
    }

    func printTable(_ tables: TableOptions) {
        var table = OutputTable(["function!", "mutants>", "by tests>", "by scenarios>", "explained>", "invalid>", "survived>", "seconds>"])
        for (function, verdicts) in Dictionary(grouping: verdicts, by: \.function).sorted(by: { $0.key < $1.key }) {
            func count(_ fits: (GeneratedVerdict) -> Bool) -> String { OutputFormat.count(verdicts.count(where: fits)) }
            table.add([
                function, OutputFormat.count(verdicts.count), count { $0.outcome == .killed && !$0.byScenario },
                count { $0.outcome == .killed && $0.byScenario }, count { $0.outcome == .explained }, count { $0.outcome == .invalid },
                count { $0.outcome == .survived }, OutputFormat.number(verdicts.reduce(0) { $0 + $1.seconds }),
            ])
        }
        if !table.isEmpty { Output.line(table.render(width: tables.width)) }
    }

    /// Each survivor as its explanation would begin, with its line, so that it can be pasted and a reason added.
    func printSurvivors() {
        for mutant in survivors { Output.line("# \(mutant.function):\(mutant.line)\n\(mutant.heading)\n") }
    }

    /// Explanations of what is killed all the same, and those of nothing.
    func printProblems() {
        for verdict in verdicts where verdict.reason != nil && verdict.outcome != .explained {
            Output.note(
                "\(verdict.function):\(verdict.line) \(verdict.change) is explained, but \(verdict.outcome.rawValue)"
                    + (verdict.by.map { " by \($0)" } ?? ""))
        }
        for problem in stale { Output.error(problem) }
    }

    var summary: String {
        let byScenarios = verdicts.count(where: \.byScenario)
        var parts = [
            "\(OutputFormat.count(verdicts.count)) generated mutants",
            "\(OutputFormat.count(count(.killed))) killed (\(OutputFormat.count(count(.killed) - byScenarios)) by tests, "
                + "\(OutputFormat.count(byScenarios)) by scenarios)",
            "\(OutputFormat.count(count(.explained))) explained", "\(OutputFormat.count(count(.invalid))) invalid",
            "\(OutputFormat.count(count(.survived))) survivors",
        ]
        if verdicts.count < total { parts.append("interrupted, \(OutputFormat.count(total - verdicts.count)) not tried") }
        return parts.joined(separator: ", ")
    }
}
