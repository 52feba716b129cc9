import DomainFlow
import Foundation

/// A file with an authorization model.
struct ModelFile {
    /// A mistake in it, at the place that the server named.
    struct Problem: Encodable {
        var file: String
        var line, column: Int
        var message: String
        var hint: String?
    }

    let path, source: String

    init(_ path: String) throws(CommandFailure) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.badInput, "cannot read \(path)", hint: "Name a file with an authorization model, e.g. shop.fga.")
        }
        guard let source = String(data: data, encoding: .utf8) else { throw CommandFailure(.badInput, "\(path) is not UTF-8") }
        self.path = path
        self.source = source
    }

    /// The lines as the server counts them.
    static func lines(_ source: String) -> [Substring] {
        // Scalars, because a carriage return and a newline are one character.
        let text = String(String.UnicodeScalarView(source.unicodeScalars.filter { $0 != "\r" }))
        return text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// What the server found wrong; nil if the error is not about a place in the text.
    func problem(_ error: DomainFlowError) -> Problem? {
        guard let place = error.detail?.wholeMatch(of: /line: ([0-9]+), column: ([0-9]+)/), let line = Int(place.1),
            let column = Int(place.2)
        else { return nil }
        let message = error.message.replacing(#/^authorization model, line [0-9]+, column [0-9]+: /#, with: "")
        return Problem(file: path, line: line, column: column, message: message, hint: error.hint)
    }

    /// The problem with its line and a caret under the column.
    func failure(_ problem: Problem) -> CommandFailure {
        let lines = Self.lines(source)
        var text = "\(path):\(problem.line):\(problem.column): \(problem.message)"
        if lines.indices.contains(problem.line - 1) {
            let line = lines[problem.line - 1]
            let before = String(line.unicodeScalars.prefix(problem.column - 1))
            let margin = String(repeating: " ", count: String(problem.line).count)
            let offset = String(repeating: " ", count: DisplayWidth.of(VisibleText.of(before)))
            text += "\n  \(problem.line) | \(VisibleText.of(String(line)))\n  \(margin) | \(offset)^"
        }
        return CommandFailure(.badInput, text, hint: problem.hint)
    }
}
