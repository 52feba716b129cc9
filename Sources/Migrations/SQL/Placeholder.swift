/// `:'name'`, a value that the caller gives, as a literal; `:"name"`, the same as an identifier. As in psql, neither stands for bare SQL.
enum Placeholder {
    /// A replaced piece of a text: where it begins in the new text, how long it is there, and how long it was. All in Unicode scalars.
    struct Replacement: Equatable {
        var start: Int
        var length: Int
        var was: Int
    }

    static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first, first < 0x80, SQLLexer.isIdentifierStart(first) else { return false }
        return bytes.allSatisfy { $0 < 0x80 && SQLLexer.isIdentifierPart($0) }
    }

    static func name(_ token: SQLToken, in bytes: [UInt8]) -> String {
        String(decoding: bytes[(token.range.lowerBound + 2)..<(token.range.upperBound - 1)], as: UTF8.self)
    }

    /// Names in the order in which they first occur. Of a text that cannot be read, none.
    static func names(in text: String) -> [String] {
        let bytes = Array(text.utf8)
        var names: [String] = []
        for token in tokens(of: bytes) where token.kind == .placeholder {
            let name = name(token, in: bytes)
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    static func tokens(of bytes: [UInt8]) -> [SQLToken] {
        var lexer = SQLLexer(bytes)
        var tokens: [SQLToken] = []
        while let token = try? lexer.next() { tokens.append(token) }
        return tokens
    }

    /// Leaves what has no value.
    static func bind(_ text: String, to values: [String: String]) -> (text: String, replacements: [Replacement]) {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var replacements: [Replacement] = []
        var scalars = 0
        var from = 0
        func take(_ piece: some Collection<UInt8>) -> Int {
            result += piece
            return piece.count { $0 & 0xC0 != 0x80 }
        }
        for token in tokens(of: bytes) where token.kind == .placeholder {
            guard let value = values[name(token, in: bytes)] else { continue }
            scalars += take(bytes[from..<token.range.lowerBound])
            let written = bytes[token.range.lowerBound + 1] == UInt8(ascii: "'") ? literal(value) : identifier(value)
            let length = take(Array(written.utf8))
            replacements.append(Replacement(start: scalars, length: length, was: token.range.count))
            scalars += length
            from = token.range.upperBound
        }
        _ = take(bytes[from...])
        return (String(decoding: result, as: UTF8.self), replacements)
    }

    /// With a space before E, which must not run into a word.
    private static func literal(_ value: String) -> String {
        value.utf8.contains(UInt8(ascii: "\\")) ? " " + Literal.text(value) : "'" + value.replacing("'", with: "''") + "'"
    }

    private static func identifier(_ value: String) -> String { "\"" + value.replacing("\"", with: "\"\"") + "\"" }
}
