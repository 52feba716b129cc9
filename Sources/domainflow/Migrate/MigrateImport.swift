import ArgumentParser
import Foundation
import Migrations

struct MigrateImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Rewrite the migrations of another tool as steps.",
        discussion: """
            Reads a directory of \(ImportFormat.allCases.map(\.rawValue).joined(separator: ", ")) and writes numbered steps, with down files \
            where the other tool has them, into a new folder. Numbers stay, unless one is no integer or a file becomes several steps: \
            statements that run outside a transaction get steps of their own. Exits with 1 if something needs your hand; it is printed.

            For a database that the other tool has migrated: domainflow migrate baseline --target <last number> --dir <folder>.
            """)

    @Argument(help: "The folder with the other tool's migrations.", completion: .directory)
    var folder: String

    @Option(help: "The folder to write the steps into.", completion: .directory)
    var into: String

    @Option(help: "The other tool. Default: found out from the files.")
    var format: ImportFormat?

    @Option(
        help: ArgumentHelp(
            "Replace a text in all files, such as a template of the other tool: '{{ .Schema }}=app'; may be given more than once. The last = counts.",
            valueName: "text=value"))
    var replace: [String] = []

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Report: Encodable {
        var format: String
        var written: [String]
        var lastNumber: Int
        var problems: [MigrationError.Problem]
    }

    func validate() throws {
        guard replace.allSatisfy({ ($0.lastIndex(of: "=") ?? $0.startIndex) > $0.startIndex }) else {
            throw ValidationError("--replace takes text=value")
        }
    }

    func run() async throws {
        try await MigrateFailure.reported(json: json) {
            let replacements = replace.compactMap { text in
                text.lastIndex(of: "=").map { (text: String(text[..<$0]), with: String(text[text.index(after: $0)...])) }
            }
            let imported = try ImportedDirectory(
                directory: URL(fileURLWithPath: folder, isDirectory: true), format: format, replacing: replacements)
            let written = try imported.write(into: URL(fileURLWithPath: into, isDirectory: true))
            if json {
                try Output.json(
                    Report(format: imported.format.rawValue, written: written, lastNumber: imported.lastNumber, problems: imported.problems)
                )
            } else {
                Output.line(
                    "wrote \(written.count) files into \(into), from \(imported.format.rawValue); the last step is \(imported.lastNumber)")
                for problem in imported.problems { Output.line(problem.description) }
            }
            if !imported.problems.isEmpty { throw ExitStatus.failed.code }
        }
    }
}

extension ImportFormat: ExpressibleByArgument {}
