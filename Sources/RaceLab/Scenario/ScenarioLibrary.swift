import Foundation

/// Finds scenarios: those embedded in the program, and those in files.
public enum ScenarioLibrary {
    /// The scenarios about DomainFlow's own functions: all but the examples, which are naive functions with a race each.
    public static func all() throws(ScenarioError) -> [Scenario] {
        var scenarios: [Scenario] = []
        for source in sources where !source.name.hasPrefix("example/") { scenarios.append(try source.parsed()) }
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
        guard found.count == 1 else {
            let why = found.isEmpty ? "there is no scenario '\(name)' and no such file" : "'\(name)' means several scenarios"
            let names = (found.isEmpty ? sources : found).map(\.name).joined(separator: ", ")
            throw ScenarioError(file: name, line: 1, column: 1, message: "\(why); known: \(names)")
        }
        return found[0]
    }
}
