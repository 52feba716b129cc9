import ArgumentParser
import Foundation
import RaceLab

struct RaceInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Draft a scenario for one of your functions.",
        discussion: """
            Reads the function, the functions it calls and the tables they use from the catalog, and changes nothing. The scenario \
            recreates these objects with a few sample rows, because it runs in a database of its own. It lists what you have to fill in \
            yourself. Exit code 2 if the name matches no function, or several.
            """)

    @Argument(help: "Function or procedure: deposit, app.deposit, or 'deposit(integer)' if the name is overloaded.")
    var function: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write to this file instead of standard output; it must not exist yet.", valueName: "file"))
    var output: String?

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        if let output, FileManager.default.fileExists(atPath: output) {
            throw CommandFailure(.badInput, "\(output) already exists", hint: "Name another file, or remove this one.")
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
