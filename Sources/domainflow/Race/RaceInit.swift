import ArgumentParser
import Foundation
import RaceLab

struct RaceInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a first scenario for a function of your own.",
        discussion: """
            Reads the function, the functions it calls and the tables they name from the catalog, and changes nothing. The scenario makes \
            the same objects with a few rows made up, because it runs in a database of its own. What could not be found out is listed \
            in it as left to fill in. Exit code 2 when the name means no function, or several.
            """)

    @Argument(help: "A function or procedure: deposit, app.deposit, or 'deposit(integer)' when several have the name.")
    var function: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write it there and not to standard output; never over a file that is there.", valueName: "file"))
    var output: String?

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        if let output, FileManager.default.fileExists(atPath: output) {
            throw CommandFailure(.badInput, "\(output) is there already", hint: "Name another file, or remove it.")
        }
        let connection = try await connection.connect()
        let draft: ScenarioDraft
        do {
            draft = try await ScenarioDraft.read(function, on: connection)
        } catch {
            await connection.close()
            throw RaceOptions.translated(error)
        }
        await connection.close()
        guard let output else { return Output.document(draft.text) }
        do {
            try Data(draft.text.utf8).write(to: URL(filePath: output), options: .withoutOverwriting)
        } catch {
            throw CommandFailure(.badInput, "cannot write \(output): \(error.localizedDescription)")
        }
        let tables = draft.tables.isEmpty ? "no table" : draft.tables.joined(separator: ", ")
        Output.note("\(output): \(draft.signature) on \(tables). Next: domainflow race explore \(output)")
    }
}
