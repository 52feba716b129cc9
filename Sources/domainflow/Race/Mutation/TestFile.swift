import Foundation

/// A pgTAP file that judges mutants: psql runs it, usually in one transaction that rolls back.
struct TestFile: Sendable {
    let path: String
    /// All words in it, to find out which functions it is about.
    let words: Set<String>
    /// Otherwise it commits, and what it left when it was ended early is in the way of the next run.
    let rollsBack: Bool
    /// Roles belong to all databases of a server: two such files would wait for each other.
    let usesRoles: Bool
    /// What fails although nothing is wrong with the functions.
    var failures: Set<String> = []
    /// The functions that ran to their end in it, by oid. An inlined SQL function and one that raised are not among them.
    var called: Set<String> = []
    /// How long it takes with the functions as they are.
    var seconds = 0.0

    /// Several times what it usually takes: a mutant that loops has been noticed.
    var limit: Double { 5 + 5 * seconds }

    var folder: String { (path as NSString).deletingLastPathComponent }

    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure(.badInput, "\(path) cannot be read as UTF-8")
        }
        self.path = path
        words = Self.words(of: text)
        let first = text.split(separator: "\n").first { !$0.hasPrefix("--") && !$0.allSatisfy(\.isWhitespace) }
        rollsBack = first?.uppercased().hasPrefix("BEGIN") ?? false
        usesRoles = words.contains("ROLE")
    }

    static func words(of text: String) -> Set<String> {
        Set(
            text.utf8.split {
                !($0 == UInt8(ascii: "_") || ($0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z")) || ($0 >= 48 && $0 <= 57))
            }.map { String(decoding: $0, as: UTF8.self) })
    }

    /// All files that end in .sql in a folder and its subfolders, in the order of their paths.
    static func all(in folder: String) throws -> [TestFile] {
        guard let names = FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) else {
            throw CommandFailure(.badInput, "cannot read the folder \(folder)")
        }
        return try names.filter { $0.hasSuffix(".sql") }.sorted().map {
            try TestFile(path: (folder as NSString).appendingPathComponent($0))
        }
    }
}
