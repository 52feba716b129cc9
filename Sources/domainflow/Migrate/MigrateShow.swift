import ArgumentParser
import Foundation
import Migrations

struct MigrateShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print steps as the runner executes them, with their includes in place.")

    @OptionGroup var steps: MigrateSourceOptions

    @Argument(help: "Numbers of the steps, e.g. 5. Default: all.")
    var numbers: [Int] = []

    @Option(help: "Write each step to a file in this folder instead of printing it.")
    var into: String?

    private struct Shown: Encodable {
        var id: String
        var release: String?
        var text: String
    }

    func run() async throws {
        try await MigrateFailure.reported(json: steps.json) {
            let set = try steps.source().load()
            for number in numbers where set[number] == nil {
                throw MigrationError(.badInput, "there is no step \(number)", hint: "`domainflow migrate status` lists them")
            }
            let shown = (set.steps + set.repeatable).filter { numbers.isEmpty || numbers.contains($0.number) }
                .map { Shown(id: $0.id, release: set.lock[$0.id]?.release, text: $0.expanded.text) }
            if let into {
                let folder = URL(fileURLWithPath: into, isDirectory: true)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                for step in shown { try step.text.write(to: folder.appending(path: step.id + ".sql"), atomically: true, encoding: .utf8) }
            } else if steps.json {
                try Output.json(shown)
            } else {
                for step in shown { Output.document(step.text) }
            }
        }
    }
}
