import Foundation

/// The explanations why generated mutants are no fault: what they change cannot be noticed. People write them, into a file of paragraphs:
///
///     schema.function drop-limit #2
///     - LIMIT 1
///     +
///     The key is unique, so there is one row at most.
///
/// The first lines are those that `race mutate --generated` prints about a survivor, the rest is the reason; #2 says which of several
/// mutants that read the same, and lines that begin with # are comments.
public struct EquivalentMutants: Sendable {
    public struct Explanation: Sendable, Equatable {
        public var function: String
        public var change: GeneratedMutant.Operator
        public var before, after: String
        public var number: Int
        public var reason: String
        /// Where it begins in the file.
        public var line: Int
    }

    public let file: String
    public private(set) var explanations: [Explanation] = []

    public init(path: String) throws(ScenarioError) {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8) else {
            throw ScenarioError(file: path, line: 1, column: 1, message: "the file cannot be read as UTF-8")
        }
        try self.init(text: text, file: path)
    }

    public init(text: String, file: String) throws(ScenarioError) {
        self.file = file
        var paragraph: [(line: Int, text: String)] = []
        let lines = "\(text)\n\n".split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("#") { continue }
            if !line.isEmpty { paragraph.append((index + 1, line)) }
            guard line.isEmpty, let first = paragraph.first else { continue }
            guard let explanation = Self.explanation(paragraph.map { $0.text }, line: first.line) else {
                throw ScenarioError(
                    file: file, line: first.line, column: 1,
                    message: "expected a line `schema.function operator`, a line `- text`, a line `+ text` and a reason")
            }
            explanations.append(explanation)
            paragraph = []
        }
    }

    private static func explanation(_ lines: [String], line: Int) -> Explanation? {
        guard lines.count >= 4, lines[1].hasPrefix("-"), lines[2].hasPrefix("+") else { return nil }
        var words = lines[0].split(separator: " ")
        var number = 1
        if let last = words.last, last.hasPrefix("#") {
            guard let given = Int(last.dropFirst()) else { return nil }
            number = given
            words.removeLast()
        }
        guard let name = words.popLast(), let change = GeneratedMutant.Operator(rawValue: String(name)), !words.isEmpty else { return nil }
        func text(_ line: String) -> String { line.dropFirst().trimmingCharacters(in: .whitespaces) }
        return Explanation(
            function: words.joined(separator: " "), change: change, before: text(lines[1]), after: text(lines[2]), number: number,
            reason: lines[3...].joined(separator: " "), line: line)
    }

    public func explanation(of mutant: GeneratedMutant) -> Explanation? { explanations.first { $0.explains(mutant) } }

    /// Explanations of mutants that are no longer made, of the functions that were mutated.
    public func stale(among mutants: [GeneratedMutant], functions: Set<String>) -> [Explanation] {
        let made = Dictionary(grouping: mutants, by: \.function)
        return explanations.filter { explanation in
            functions.contains(explanation.function) && !(made[explanation.function] ?? []).contains { explanation.explains($0) }
        }
    }
}

extension EquivalentMutants.Explanation {
    func explains(_ mutant: GeneratedMutant) -> Bool {
        (function, change, before, after, number) == (mutant.function, mutant.change, mutant.before, mutant.after, mutant.number)
    }
}

extension GeneratedMutant {
    /// The first lines of its explanation, to which a reason is to be added.
    public var heading: String {
        "\(function) \(change.rawValue)\(number > 1 ? " #\(number)" : "")\n- \(before)\n+\(after.isEmpty ? "" : " ")\(after)"
    }
}
