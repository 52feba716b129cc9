import Foundation
import PQClient

/// A command that people copy from what is printed: it is quoted for a shell, and calls the program as it was called.
struct ShownCommand: CustomStringConvertible {
    private var words: [String]

    /// - Parameter words: the subcommands and arguments after the program's name.
    init(_ words: String...) { self.words = [CommandLine.arguments.first ?? "domainflow"] + words }

    /// The command with an option if that was given.
    func with(_ option: String, _ value: String?) -> ShownCommand {
        var copy = self
        if let value { copy.words += [option, value] }
        return copy
    }

    /// The command on the database that was named, unless that contains a password: nobody looks for one in what is printed.
    func on(_ connection: ConnectionOptions) -> ShownCommand {
        guard let url = connection.databaseURL, let environment = try? PostgresConninfo.environment(of: url),
            environment["PGPASSWORD"] == nil
        else { return self }
        return with("--database-url", url)
    }

    var description: String { words.map(Self.quoted).joined(separator: " ") }

    /// A word for a shell.
    static func quoted(_ word: String) -> String {
        if word.wholeMatch(of: /[-A-Za-z0-9_.\/:@%+=,]+/) != nil { return word }
        return "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}
