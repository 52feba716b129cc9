/// One statement of a step, with the place it was written in.
public struct SQLStatement: Sendable {
    /// Without leading comments and without the semicolon.
    public let text: String
    public let origin: ExpandedText.Origin
    /// Where it begins in the expanded text, both from 1.
    let line: Int
    let column: Int
    /// Without comments; ranges are relative to `text`.
    let tokens: [SQLToken]
    private let bytes: [UInt8]
    /// The rows of a COPY … FROM STDIN, and their first line in the expanded text.
    var copyData: (bytes: [UInt8], line: Int)?
    /// What of `text` stands for a placeholder.
    private var replacements: [Placeholder.Replacement] = []
    /// The text before values took the place of placeholders.
    private var template: String?

    init(text: [UInt8], origin: ExpandedText.Origin, line: Int, column: Int, tokens: [SQLToken]) {
        self.text = String(decoding: text, as: UTF8.self)
        self.origin = origin
        self.line = line
        self.column = column
        self.tokens = tokens
        bytes = text
    }

    /// A token as PostgreSQL reads it: ASCII letters of words folded to lower case, quotes of identifiers removed.
    func value(_ token: SQLToken) -> String {
        let raw = source(token)
        switch token.kind {
        case .word: return String(decoding: raw.utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
        case .quotedIdentifier: return String(raw.drop { $0 != "\"" }.dropFirst().dropLast().replacing("\"\"", with: "\""))
        default: return raw
        }
    }

    /// As written.
    func source(_ token: SQLToken) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

    /// The statement without comments and spacing, which make no difference to what it does.
    var meaning: String {
        let words = tokens.map(source).joined(separator: " ")
        return copyData.map { words + ";\n" + String(decoding: $0.bytes, as: UTF8.self) } ?? words
    }

    /// It is a COPY … FROM STDIN.
    var takesCopyData: Bool {
        var words = CopyWords()
        for token in tokens { words.read(token, bytes) }
        return words.takesData
    }

    /// As psql would read it.
    public var script: String {
        text + ";\n" + (copyData.map { String(decoding: $0.bytes, as: UTF8.self) + "\\.\n" } ?? "")
    }

    /// With values in place of its placeholders.
    func bound(to values: [String: String]) throws(MigrationError) -> SQLStatement {
        let open = tokens.filter { $0.kind == .placeholder }
        guard !open.isEmpty else { return self }
        for token in open {
            let name = Placeholder.name(token, in: bytes)
            guard values[name] == nil else { continue }
            throw MigrationError(
                .badInput, "placeholder \(source(token)) has no value", file: origin.file,
                line: origin.line + line(of: token) - line, hint: "give it one: --set \(name)=…")
        }
        let (text, replacements) = Placeholder.bind(text, to: values)
        let bytes = Array(text.utf8)
        var bound = SQLStatement(
            text: bytes, origin: origin, line: line, column: column,
            tokens: Placeholder.tokens(of: bytes).filter { $0.kind != .comment })
        bound.copyData = copyData
        bound.replacements = replacements
        bound.template = self.text
        return bound
    }

    /// The first tokens as words.
    func words(_ count: Int) -> [String] { tokens.prefix(count).map(value) }

    /// The place of a character position, which PostgreSQL counts from 1.
    func place(ofCharacter position: Int, in expanded: ExpandedText) -> (origin: ExpandedText.Origin, column: Int) {
        var (line, column) = (self.line, self.column)
        var before = max(position - 1, 0)
        for replaced in replacements.reversed() where replaced.start <= before {
            before = max(before - replaced.length + replaced.was, min(before, replaced.start))
        }
        for scalar in (template ?? text).unicodeScalars.prefix(before) {
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return (expanded.origin(of: line), column)
    }

    func line(of token: SQLToken) -> Int {
        bytes[..<token.range.lowerBound].reduce(line) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    }
}
