import ArgumentParser
import Foundation
import Migrations

struct MigrateSupersede: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supersede",
        abstract: "Keep the released text of a file before you edit it.",
        discussion: """
            Writes the text to released/<room>/<name>@<release>.sql, where the released steps that include the file find it from then on. \
            Then edit the file, and add a new step that includes it. If you have already edited the file, the command takes the text from git's HEAD.
            """)

    @OptionGroup var steps: MigrateSourceOptions

    @Argument(help: "The file, relative to the root of the steps, e.g. functions/job/claim_jobs.sql.")
    var file: String

    private struct Report: Encodable {
        var written: [String]
    }

    func run() async throws {
        try await MigrateFailure.reported(json: steps.json) {
            let freeze = Freeze(source: try steps.source(), extensionDirectory: URL(fileURLWithPath: "."))
            var written: [String]
            guard try steps.source().contains(file) else {
                throw MigrationError(
                    .badInput, "there is no file \(file)",
                    hint: "the path is relative to the root of the steps, e.g. functions/job/claim_jobs.sql")
            }
            do {
                written = try freeze.supersede(file)
            } catch let error as MigrationError {
                guard let before = committed() else { throw error }
                written = try freeze.supersede(file, before: before)
            }
            if steps.json { return try Output.json(Report(written: written)) }
            for file in written { Output.line("wrote \(file)") }
            if written.isEmpty {
                Output.line("nothing to keep: every released text of \(file) is in released/ already, or no release has it")
            }
        }
    }

    /// The file as of git's HEAD; nil without git, or if HEAD does not have it.
    private func committed() -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", steps.dir ?? ".", "show", "HEAD:./\(file)"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }
}
