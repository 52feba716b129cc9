import ArgumentParser
import Foundation
import Migrations

struct MigrateFreeze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze",
        abstract: "Make a release of the unreleased steps, or write the scripts of an earlier one.",
        discussion: """
            --release pins the includes of the unreleased steps to the release, adds the steps to migrations.lock, and writes the \
            extension's full script, its update script, the plain file for psql and the version in the control file. It removes the full and \
            plain scripts of earlier releases; --scripts writes them again, byte for byte. If it finds a problem, it writes nothing.

            A released step never changes. --check fails if one did, if a released file was edited and no unreleased step includes the edit, \
            or if a script differs from what the steps generate.
            """)

    @OptionGroup var steps: MigrateSourceOptions

    @Option(help: ArgumentHelp("The release to make, e.g. 0.1.0.", valueName: "version"))
    var release: String?

    @Option(help: ArgumentHelp("With --release: catalog_fingerprint() of a database with these steps.", valueName: "sha256:…"))
    var fingerprint: String?

    @Option(help: ArgumentHelp("Write the scripts of this release into the folder that --into names.", valueName: "version"))
    var scripts: String?

    @Option(help: "With --scripts: the folder to write to.")
    var into: String?

    @Option(help: "The folder of the extension's files.")
    var extensionDir = "extension"

    @Option(help: "The extension's name.")
    var name = "domainflow"

    @Flag(help: "Change nothing; exit with 1 if a released step, file or script has changed.")
    var check = false

    private struct Report: Encodable {
        var written: [String]
        var problems: [MigrationError.Problem]
    }

    func validate() throws {
        guard [release != nil, scripts != nil, check].filter({ $0 }).count == 1 else {
            throw ValidationError("give one of --release <version>, --scripts <version> and --check")
        }
        guard (scripts != nil) == (into != nil) else { throw ValidationError("--scripts <version> and --into <folder> go together") }
        guard fingerprint == nil || release != nil else { throw ValidationError("--fingerprint goes with --release") }
    }

    func run() async throws {
        try await MigrateFailure.reported(json: steps.json) {
            let directory = URL(fileURLWithPath: extensionDir, isDirectory: true)
            let freeze = Freeze(source: try steps.source(), extensionDirectory: directory, name: name)
            if let release { return try report(try freeze.freeze(release: release, fingerprint: fingerprint)) }
            if let scripts, let into {
                return try report(try freeze.writeScripts(of: scripts, into: URL(fileURLWithPath: into, isDirectory: true)))
            }
            let problems = try freeze.check()
            if steps.json {
                try Output.json(Report(written: [], problems: problems))
            } else {
                for problem in problems { Output.line(problem.description) }
                if problems.isEmpty { Output.line("released steps and scripts are unchanged") }
            }
            if !problems.isEmpty { throw ExitStatus.failed.code }
        }
    }

    private func report(_ written: [String]) throws {
        if steps.json { return try Output.json(Report(written: written, problems: [])) }
        for file in written { Output.line("wrote \(file)") }
    }
}
