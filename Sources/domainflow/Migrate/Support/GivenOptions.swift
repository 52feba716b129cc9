import Migrations
import PQClient

/// What a command was given, and the commands that its hints print must repeat, to mean the same steps, history and database.
struct GivenOptions: Sendable {
    @TaskLocal static var current = GivenOptions()

    var dir: String?
    var project: String?
    var databaseURL: String?

    /// The text with these options after each command's own, where they are not there yet.
    func repeated(in text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.replacing(#/domainflow migrate ([a-z]+)( --[a-z]+( <[^>]*>| [^-\s,;<][^\s,;]*)?)*/#) { command in
                let known = options(of: command.output.1).filter { !line.contains("--\($0.name) ") }
                return command.output.0 + known.map { " --\($0.name) \(ShownCommand.quoted($0.value))" }.joined()
            }
        }.joined(separator: "\n")
    }

    private func options(of command: Substring) -> [(name: String, value: String)] {
        var options: [(name: String, value: String)] = []
        if let dir { options.append(("dir", dir)) }
        if !["show", "lint", "new", "supersede", "freeze"].contains(command) {
            if let project { options.append(("project", project)) }
            // Nobody looks for a password in a hint, or in a shell's history.
            if let databaseURL, let environment = try? PostgresConninfo.environment(of: databaseURL), environment["PGPASSWORD"] == nil {
                options.append(("database-url", databaseURL))
            }
        }
        return options
    }
}

extension MigrationError.Problem {
    /// As people see it.
    var shown: Self {
        var problem = self
        problem.hint = hint.map(GivenOptions.current.repeated)
        return problem
    }
}
