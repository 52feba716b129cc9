/// One numbered step: its expanded text, headers and checksum.
public struct Step: Sendable {
    /// Of a repeatable step, the greatest there is: it runs after all others.
    public let number: Int
    /// The part of the name after the number.
    public let slug: String
    /// Relative to the root of the steps, e.g. `migrations/0001_meta.sql`.
    public let file: String
    public internal(set) var header: StepHeader
    public let expanded: ExpandedText
    /// `sha256:v1:<hex>` over the expanded text with line endings normalised.
    public let checksum: String
    /// The file has includes that are not pinned to a release, so it is not frozen.
    public let hasOpenIncludes: Bool
    public internal(set) var down: DownStep?
    /// The included file that runs before every step, if this step brings one.
    let prelude: String?
    /// Values of placeholders. Nil: nobody runs the statements, and placeholders stay.
    var values: [String: String]?

    /// `0001_meta`: the file name without its extension.
    public var id: String { String(file.split(separator: "/").last?.dropLast(4) ?? "") }

    static let repeatableNumber = Int.max

    /// `R_slug.sql`: it runs after the numbered steps, and again whenever its text has changed or a step was reverted.
    public var isRepeatable: Bool { number == Self.repeatableNumber }

    public func statements() throws(MigrationError) -> [SQLStatement] {
        try Self.statements(of: expanded, header: header, file: file, values: values)
    }

    var preludeText: String? { prelude.flatMap { expanded.bodies()[$0] } }

    /// What the history records so that it can tell which file of a step changed, and whether what it does has.
    var parts: String {
        (expanded.parts(of: file).map { "\($0.path) \($0.digest)" } + [meaning].compactMap { $0 }).joined(separator: "\n")
    }

    private static let meaningKey = "(statements)"

    /// A digest of the statements without comments and spacing, and of how they run.
    private var meaning: String? {
        guard let statements = try? Self.statements(of: expanded, header: header, file: file, values: nil) else { return nil }
        let how = header.transactional ? "" : "outside a transaction; "
        return Self.meaningKey + " " + SHA256.hex((how + statements.map(\.meaning).joined(separator: ";")).utf8).prefix(16)
    }

    /// Whether it differs only in comments, spacing or headers from the text whose `parts` were recorded.
    func meansTheSame(as before: String) -> Bool {
        meaning.map { before.split(separator: "\n").contains(Substring($0)) } ?? false
    }

    func difference(from before: String) -> String {
        func read(_ text: String) -> [String: Substring] {
            Dictionary(
                text.split(separator: "\n").compactMap { line in
                    line.lastIndex(of: " ").map { (String(line[..<$0]), line[$0...]) }
                }, uniquingKeysWith: { first, _ in first })
        }
        var (old, new) = (read(before), read(parts))
        (old[Self.meaningKey], new[Self.meaningKey]) = (nil, nil)
        let said =
            new.keys.filter { old[$0] != nil && old[$0] != new[$0] }.sorted().map { "\($0) changed" }
            + new.keys.filter { old[$0] == nil }.sorted().map { "\($0) was added" }
            + old.keys.filter { new[$0] == nil }.sorted().map { "\($0) was removed" }
        return said.isEmpty ? "the order of its includes changed" : said.joined(separator: ", ")
    }

    static func checksum(of text: String) -> String { "sha256:v1:" + SHA256.hex(text.utf8) }

    static func statements(
        of expanded: ExpandedText, header: StepHeader, file: String, values: [String: String]?
    ) throws(MigrationError) -> [SQLStatement] {
        let transactional = header.transactional
        var statements = try StatementSplitter.split(expanded)
        if let values {
            statements = try statements.map { (statement) throws(MigrationError) in try statement.bound(to: values) }
            for check in header.verify { try check.refuseOpenPlaceholders() }
        }
        guard let first = statements.first else {
            // A step of comments only keeps a number, or says what was done by hand.
            guard !transactional else { return [] }
            throw MigrationError(
                .badInput, "a step with \"transaction: no\" needs a statement", file: file, line: 1,
                hint: "write one, or delete the header: a step in a transaction may consist of comments")
        }
        if !transactional, statements.count > 1 {
            let origin = statements[1].origin
            throw MigrationError(
                .badInput, "a step with \"transaction: no\" has exactly one statement; this is the second of \(statements.count)",
                file: origin.file, line: origin.line,
                hint: "a failure between them would leave the step half applied: split it into one step per statement")
        }
        for statement in statements { try refuse(statement, transactional: transactional) }
        if !transactional, let index = IndexBuild(first), index.name == nil {
            throw MigrationError(
                .badInput, "an index built CONCURRENTLY needs a name", file: first.origin.file, line: first.origin.line,
                hint: "a failed build leaves an invalid index behind, which only its name identifies")
        }
        return statements
    }

    /// Refuses statements that would break the rule "step and history row in one transaction".
    private static func refuse(_ statement: SQLStatement, transactional: Bool) throws(MigrationError) {
        let words = statement.words(4)
        func fail(_ message: String, _ hint: String) -> MigrationError {
            MigrationError(.badInput, message, file: statement.origin.file, line: statement.origin.line, hint: hint)
        }
        switch words.first {
        case "begin", "commit", "end", "abort", "start",
            "prepare" where words.dropFirst().first == "transaction":
            throw fail("\(words[0].uppercased()) in a step", "the runner begins and commits the transaction; delete the statement")
        case "rollback" where !words.contains("to"):
            throw fail("ROLLBACK in a step", "the runner begins and commits the transaction; delete the statement")
        case "copy" where statement.takesCopyData && statement.copyData == nil:
            throw fail(
                "COPY … FROM STDIN without rows", "the rows begin on the line after the semicolon, and end with a line \\.")
        default: break
        }
        let concurrently = words.contains("concurrently") || IndexBuild(statement)?.concurrently == true
        if transactional, concurrently, ["create", "drop", "reindex"].contains(words.first) {
            throw fail(
                "\(words[0].uppercased()) … CONCURRENTLY cannot run in a transaction",
                "move it to a step of its own with the header --! transaction: no")
        }
    }
}
