import ArgumentParser
import Foundation
import RaceLab

struct RaceInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Draft a scenario for one of your functions.",
        discussion: """
            Reads the function, the functions it calls and the tables they use from the catalog, and changes nothing there. The scenario \
            recreates these objects with a few sample rows, because it runs in a database of its own. It lists what you have to fill in \
            yourself. The draft is tried in such a database, with several arguments and rows, until the function changes a row; if none \
            does, the draft says so. Exit code 2 if the name matches no function, or several.
            """)

    @Argument(help: "Function or procedure: deposit, app.deposit, or 'deposit(integer)' if the name is overloaded.")
    var function: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write to this file instead of standard output; it must not exist yet.", valueName: "file"))
    var output: String?

    @Flag(help: "Do not try the draft, which creates and drops a database on the server.")
    var noTry = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        if let output, FileManager.default.fileExists(atPath: output) {
            throw CommandFailure(.badInput, "\(output) already exists", hint: "Name another file, or remove this one.")
        }
        let connection = try await connection.connect()
        var draft: ScenarioDraft
        do {
            draft = try await ScenarioDraft.read(function, on: connection)
        } catch {
            await connection.close()
            throw RaceOptions.translated(error)
        }
        await connection.close()
        if !noTry { draft = try await tried(draft) }
        guard let output else { return Output.document(draft.text) }
        do {
            try Data(draft.text.utf8).write(to: URL(filePath: output), options: .withoutOverwriting)
        } catch {
            throw CommandFailure.cannotWrite(output, error)
        }
        let tables = draft.tables.isEmpty ? "no table" : draft.tables.joined(separator: ", ")
        Output.note("\(output): \(draft.signature) on \(tables). Next: \(ShownCommand("race", "explore", output).on(self.connection))")
    }

    /// The first variation of a draft that changes a row; if there is none, the draft with a remark that says so.
    private func tried(_ draft: ScenarioDraft) async throws -> ScenarioDraft {
        var options = Explorer.Options(seed: 0)
        // The orders without preemptions are enough.
        (options.jobs, options.preemptions, options.schedules, options.seconds) = (1, 0, 2, 10)
        (options.usesTriggers, options.shrinks) = (false, false)
        let explorer = Explorer(server: try await connection.resolve(), options: options)
        var remark = "No row is changed by the calls below: give them other arguments, or the tables other rows."
        var chosen: ScenarioDraft?
        var tried: Set<String> = []
        do {
            for variation in DraftVariation.all where chosen == nil {
                let varied = draft.varied(variation)
                guard tried.insert(varied.text).inserted else { continue }
                let scenario = try Scenario(name: "draft", file: "draft", text: varied.text)
                if try await explorer.run(scenario).exercise.rows > 0 { chosen = varied }
            }
        } catch {
            remark = "The draft could not be tried: \("\(error)".split(separator: "\n").joined(separator: " "))"
        }
        try? await explorer.finish()
        if let chosen { return chosen }
        Output.note(remark)
        return draft.noting(remark)
    }
}
