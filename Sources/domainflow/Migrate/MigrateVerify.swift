import ArgumentParser
import Migrations

struct MigrateVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare the database with the steps: checksums, verify statements, indexes. Exits with 1 if they differ.",
        discussion: """
            --replay also compares definitions: it applies the same steps to a database that it creates and drops, and reports every table, \
            column, constraint, index, trigger, policy, view, function and type that is not as the steps make it, and what no step made \
            in the schemas that the steps use. Rows, owners and roles are not compared. It is a flag, because what the steps do \
            outside their database, such as making roles or setting their passwords, they do again.
            """)

    @OptionGroup var migrate: MigrateOptions

    @Flag(help: "Also replay the steps in a database of their own, and compare the definitions.")
    var replay = false

    private struct Report: Encodable {
        var findings: [VerifyFinding]
        var notCompared: [String]
    }

    func run() async throws {
        try await migrate.run { migrator in
            var findings = try await migrator.verify()
            for index in findings.indices { findings[index].problem = findings[index].problem.shown }
            let drift = replay ? try await migrator.drift() : nil
            findings += drift?.findings ?? []
            let notCompared = (drift?.elsewhere ?? ["definitions (--replay compares them)"]) + ["rows", "owners", "roles"]
            if migrate.steps.json {
                try Output.json(Report(findings: findings, notCompared: notCompared))
            } else {
                for finding in findings { Output.line("\(finding.kind.rawValue): \(finding.problem)") }
                if findings.isEmpty { Output.line("the database matches the steps") }
                Output.note("not compared: " + notCompared.joined(separator: ", "))
            }
            if !findings.isEmpty { throw ExitStatus.failed.code }
        }
    }
}
