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
    var meaning: String { tokens.map(source).joined(separator: " ") }

    /// The first tokens as words.
    func words(_ count: Int) -> [String] { tokens.prefix(count).map(value) }

    /// The place of a character position, which PostgreSQL counts from 1.
    func place(ofCharacter position: Int, in expanded: ExpandedText) -> (origin: ExpandedText.Origin, column: Int) {
        var (line, column) = (self.line, self.column)
        for scalar in text.unicodeScalars.prefix(max(position - 1, 0)) {
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
