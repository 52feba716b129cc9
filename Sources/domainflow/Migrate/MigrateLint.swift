import ArgumentParser
import Migrations

struct MigrateLint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Look for steps that would lock others out for long, or leave open what should be closed.",
        discussion:
            "Rules: \(LintRule.allCases.map(\.rawValue).joined(separator: ", ")). A step answers for an exception with a line --! allow: <rule> <reason>."
    )

    @OptionGroup var steps: MigrateSourceOptions

    @Flag(help: "Released steps too, which cannot be mended any more.")
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
                if findings.isEmpty { Output.line("nothing to complain about") }
            }
            if !findings.isEmpty { throw ExitStatus.failed.code }
        }
    }
}
