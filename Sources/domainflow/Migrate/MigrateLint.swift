import ArgumentParser
import Migrations

struct MigrateLint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Find steps that would hold locks for long, destroy data, or leave objects without protection.",
        discussion: """
            Rules: \(LintRule.allCases.map(\.rawValue).joined(separator: ", ")).

            A step allows an exception with the line --! allow: <rule> <reason>; --without switches a rule off for all steps. A rule is a \
            notice, a warning (it blocks other sessions) or an error (it destroys or exposes data, breaks the running program, or \
            fails). Exits with 1 if there is a finding that --fail-on counts.
            """)

    @OptionGroup var steps: MigrateSourceOptions

    @Flag(help: "Also check released steps, which can no longer be changed.")
    var all = false

    @Option(help: ArgumentHelp("Check the steps from this one on, released or not, and no earlier one.", valueName: "number"))
    var since: Int?

    @Option(help: ArgumentHelp("Do not apply this rule; may be given more than once.", valueName: "rule"))
    var without: [LintRule] = []

    @Option(help: ArgumentHelp("The lowest severity that makes the command exit with 1.", valueName: "severity"))
    var failOn = LintSeverity.notice

    @Flag(help: "Print findings as annotations of GitHub Actions.")
    var github = false

    private struct Report: Encodable {
        var findings: [LintFinding]
    }

    func validate() throws {
        guard !(github && steps.json) else { throw ValidationError("give only one of --github and --json") }
    }

    func run() async throws {
        try await MigrateFailure.reported(json: steps.json) {
            let set = try steps.source().load()
            if let since, since > set.steps.last?.number ?? 0 {
                throw MigrationError(.badInput, "there is no step \(since) or later", hint: "the last one is \(set.steps.last?.id ?? "")")
            }
            let findings = try Lint.findings(in: set, all: all, since: since, without: Set(without))
            if steps.json {
                try Output.json(Report(findings: findings))
            } else if github {
                for finding in findings { Output.line(annotation(finding)) }
            } else {
                for finding in findings {
                    Output.line(
                        "\(finding.file):\(finding.line): \(finding.severity.rawValue): \(finding.rule.rawValue): \(finding.message)\n  hint: \(finding.rule.advice)"
                    )
                }
                if findings.isEmpty { Output.line("no findings") }
            }
            if findings.contains(where: { $0.severity >= failOn }) { throw ExitStatus.failed.code }
        }
    }

    /// Files are named as from the folder that the command runs in, which is the checkout's root in a workflow.
    private func annotation(_ finding: LintFinding) -> String {
        func escaped(_ text: String) -> String {
            text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
        }
        func property(_ text: String) -> String { escaped(text).replacing(":", with: "%3A").replacing(",", with: "%2C") }
        var folder = steps.dir.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } ?? "sql"
        if finding.file.hasPrefix("migrations/"), folder.split(separator: "/").last == "migrations" { folder = String(folder.dropLast(11)) }
        while folder.hasPrefix("./") { folder = String(folder.dropFirst(2)) }
        let file = [folder, finding.file].filter { !$0.isEmpty && $0 != "." }.joined(separator: "/")
        return "::\(finding.severity.rawValue) file=\(property(file)),line=\(finding.line),title=\(property(finding.rule.rawValue))::"
            + escaped("\(finding.message): \(finding.rule.advice)")
    }
}

extension LintRule: ExpressibleByArgument {}
extension LintSeverity: ExpressibleByArgument {}
