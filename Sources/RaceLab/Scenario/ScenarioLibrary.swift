import Foundation

/// Finds scenarios: those embedded in the program, and those in files.
public enum ScenarioLibrary {
    /// The scenarios about DomainFlow's own functions: all but the examples, which are naive functions with a race each.
    public static func all() throws(ScenarioError) -> [Scenario] {
        try withExamples().filter { !$0.name.hasPrefix("example/") }
    }

    /// The scenarios about DomainFlow's own functions, and the examples.
    public static func withExamples() throws(ScenarioError) -> [Scenario] {
        var scenarios: [Scenario] = []
        for source in sources { scenarios.append(try source.parsed()) }
        return scenarios
    }

    /// A scenario's text, and where it comes from.
    public struct Source: Sendable {
        public var name, file, text: String

        public func parsed() throws(ScenarioError) -> Scenario { try Scenario(name: name, file: file, text: text) }
    }

    private static var sources: [Source] {
        EmbeddedScenarios.files.filter { $0.key.hasSuffix(".spec") }.sorted { $0.key < $1.key }.map { path, text in
            Source(name: String(path.dropLast(".spec".count)), file: "Scenarios/\(path)", text: text)
        }
    }

    /// A scenario by its name (`job/claim`), by the last part of it when only one has it, or the file at that path.
    public static func find(_ name: String) throws(ScenarioError) -> Scenario {
        let source = try source(of: name)
        var scenario = try source.parsed()
        if source.file == name { scenario.path = name }
        return scenario
    }

    /// The text of the scenario that ``find(_:)`` finds.
    public static func source(of name: String) throws(ScenarioError) -> Source {
        if name.hasSuffix(".spec"), let data = FileManager.default.contents(atPath: name) {
            guard let text = String(data: data, encoding: .utf8) else {
                throw ScenarioError(file: name, line: 1, column: 1, message: "the file is not UTF-8")
            }
            return Source(name: URL(filePath: name).deletingPathExtension().lastPathComponent, file: name, text: text)
        }
        let found = sources.filter { $0.name == name || $0.name.hasSuffix("/\(name)") }
        if found.count == 1 { return found[0] }
        throw ScenarioError(file: name, line: 0, column: 0, message: found.isEmpty ? unknown(name) : several(found, name))
    }

    private static func several(_ found: [Source], _ name: String) -> String {
        "'\(name)' means several scenarios: \(found.map(\.name).joined(separator: ", "))"
    }

    private static func unknown(_ name: String) -> String {
        if !name.hasSuffix(".spec"), FileManager.default.fileExists(atPath: name) {
            return "\(name) is not taken for a scenario: the names of scenario files end in .spec"
        }
        let near = Spelling.near(name, among: sources) { name.contains("/") ? $0.name : String($0.name.split(separator: "/").last ?? "") }
        let meant = near.isEmpty ? "" : "; did you mean \(near.map(\.name).joined(separator: ", "))?"
        return "there is no scenario '\(name)'" + (name.hasSuffix(".spec") ? " and no such file" : "") + meant
            + (meant.isEmpty ? "; " : " ") + "`race list` names all"
    }
}
