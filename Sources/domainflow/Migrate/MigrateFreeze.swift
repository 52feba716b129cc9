import ArgumentParser
import Foundation
import Migrations

struct MigrateFreeze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze",
        abstract: "Make a release of the unreleased steps.",
        discussion: """
            Expands their includes in place, adds them to migrations.lock, and writes the extension's scripts, its control file's version \
            and the plain file for psql. Nothing is written when anything is wrong. A released step never changes again: --check fails \
            when one did, when a released file was edited and no unreleased step includes it, or when a generated script is not what \
            the steps give.
            """)

    @OptionGroup var steps: MigrateSourceOptions

    @Option(help: ArgumentHelp("The release to make, e.g. 0.1.0.", valueName: "version"))
    var release: String?

    @Option(help: "Where the extension's files are.")
    var extensionDir = "extension"

    @Option(help: "The extension's name.")
    var name = "domainflow"

    @Flag(help: "Change nothing; exit with 1 if what was released is no longer what it was.")
    var check = false

    private struct Report: Encodable {
        var written: [String]
        var problems: [MigrationError.Problem]
    }

    func validate() throws {
        guard (release != nil) != check else { throw ValidationError("either --release <version> or --check") }
    }

    func run() async throws {
        try await MigrateFailure.reported(json: steps.json) {
            let directory = URL(fileURLWithPath: extensionDir, isDirectory: true)
            let freeze = Freeze(source: try steps.source(), extensionDirectory: directory, name: name)
            if let release {
                let written = try freeze.freeze(release: release)
                if steps.json { return try Output.json(Report(written: written, problems: [])) }
                for file in written { Output.line("wrote \(file)") }
                return
            }
            let problems = try freeze.check()
            if steps.json {
                try Output.json(Report(written: [], problems: problems))
            } else {
                for problem in problems { Output.line(problem.description) }
                if problems.isEmpty { Output.line("released steps and scripts are what they were") }
            }
            if !problems.isEmpty { throw ExitStatus.failed.code }
        }
    }
}
