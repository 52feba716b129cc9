import ArgumentParser
import Migrations

struct MigrateLint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Find steps that would hold locks for long, or leave objects without protection.",
        discussion:
            "Rules: \(LintRule.allCases.map(\.rawValue).joined(separator: ", ")). A step allows an exception with the line --! allow: <rule> <reason>."
    )

    @OptionGroup var steps: MigrateSourceOptions

    @Flag(help: "Also check released steps, which can no longer be changed.")
    var all = false

    private struct Report: Encodable {
        var findings: [LintFinding]
    }

    func run() async throws {
        try await MigrateFailure.reported(json: steps.json) {
            let findings = try Lint.findings(in: steps.source().load(), all: all)
            if steps.json {
                try Output.json(Report(findings: findings))
            } else {
                for finding in findings {
                    Output.line(
                        "\(finding.file):\(finding.line): \(finding.rule.rawValue): \(finding.message)\n  hint: \(finding.rule.advice)")
                }
                if findings.isEmpty { Output.line("no findings") }
            }
            if !findings.isEmpty { throw ExitStatus.failed.code }
        }
    }
}
