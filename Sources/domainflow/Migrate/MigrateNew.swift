import ArgumentParser
import Migrations

struct MigrateNew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Create the next step from a template.")

    @OptionGroup var steps: MigrateSourceOptions

    @Argument(help: "What the step does, as in its file name, e.g. add_invoices.")
    var slug: String

    @Flag(help: "Also create its down file.")
    var down = false

    private struct Report: Encodable {
        var files: [String]
    }

    func run() async throws {
        try await MigrateFailure.reported(json: steps.json) {
            let files = try steps.source().makeStep(slug: slug, down: down).map { $0.path(percentEncoded: false) }
            if steps.json { return try Output.json(Report(files: files)) }
            for file in files { Output.line(file) }
        }
    }
}
