import ArgumentParser
import Migrations

struct MigrateVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare the database with the steps: checksums, verify statements, indexes. Exits with 1 if they differ.")

    @OptionGroup var migrate: MigrateOptions

    private struct Report: Encodable {
        var findings: [VerifyFinding]
    }

    func run() async throws {
        try await migrate.run { migrator in
            let findings = try await migrator.verify()
            if migrate.steps.json {
                try Output.json(Report(findings: findings))
            } else {
                for finding in findings { Output.line("\(finding.kind.rawValue): \(finding.problem)") }
                if findings.isEmpty { Output.line("the database matches the steps") }
            }
            if !findings.isEmpty { throw ExitStatus.failed.code }
        }
    }
}
