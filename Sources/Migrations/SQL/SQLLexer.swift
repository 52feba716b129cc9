/// Splits PostgreSQL's SQL into tokens, in as much detail as finding statements and reading their words requires.
package struct SQLLexer {
    package struct Unterminated: Error {
        package var what: String
        package var offset: Int
    }

    let bytes: [UInt8]
    private var at = 0
    private var copy = CopyWords()

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package mutating func next() throws(Unterminated) -> SQLToken? {
        if copy.isBeforeData {
            copy = CopyWords()
            if let data = try copyData() { return data }
        }
        while at < bytes.count, Self.isSpace(bytes[at]) { at += 1 }
        guard at < bytes.count else { return nil }
        let start = at
        let kind = try scan()
        let token = SQLToken(kind: kind, range: start..<at)
        copy.read(token, bytes)
        return token
    }

    /// As psql reads it: from the line after the semicolon to the line `\.`. Nil if something else stands behind the semicolon.
    private mutating func copyData() throws(Unterminated) -> SQLToken? {
        let semicolon = at - 1
        let newline = UInt8(ascii: "\n")
        let lineEnd = bytes[at...].firstIndex(of: newline) ?? bytes.count
        let rest = bytes[at..<lineEnd].drop(while: Self.isSpace)
        guard rest.isEmpty || rest.starts(with: "--".utf8) else { return nil }
        let start = min(lineEnd + 1, bytes.count)
        var line = start
        while line < bytes.count {
            let end = bytes[line...].firstIndex(of: newline) ?? bytes.count
            at = end
            if bytes[line..<end].elementsEqual("\\.".utf8) { return SQLToken(kind: .copyData, range: start..<end) }
            line = end + 1
        }
        throw Unterminated(what: "COPY data", offset: semicolon)
    }

    private func byte(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    private mutating func scan() throws(Unterminated) -> SQLToken.Kind {
        let c = bytes[at]
        switch c {
        case UInt8(ascii: "-") where byte(at + 1) == c:
            while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
            return .comment
        case UInt8(ascii: "/") where byte(at + 1) == UInt8(ascii: "*"):
            try blockComment()
            return .comment
        case UInt8(ascii: "'"):
            try quoted(c, escapes: false, what: "string")
            return .string
        case UInt8(ascii: "\""):
            try quoted(c, escapes: false, what: "quoted identifier")
            return .quotedIdentifier
        case UInt8(ascii: "$"):
            return try dollar()
        case UInt8(ascii: ":") where isPlaceholder:
            at += 1
            try quoted(bytes[at], escapes: false, what: "placeholder")
            return .placeholder
        case UInt8(ascii: "\\"):
            at += 1
            return .backslash
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            while Self.isIdentifierPart(byte(at)) || (byte(at) == UInt8(ascii: ".") && byte(at + 1) != UInt8(ascii: ".")) { at += 1 }
            return .number
        default:
            guard Self.isIdentifierStart(c) else {
                at += 1
                return .symbol
            }
            return try word(c)
        }
    }

    /// `:'name'` or `:"name"`; not the cast `::"char"`, nor anything that is no name.
    private var isPlaceholder: Bool {
        let quote = byte(at + 1)
        guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""), at == 0 || bytes[at - 1] != UInt8(ascii: ":"),
            let end = bytes[(at + 2)...].firstIndex(of: quote)
        else { return false }
        return Placeholder.isName(bytes[(at + 2)..<end])
    }

    /// A word, or one of the strings that begin with a letter: E'', B'', X'', N'', U&'', U&"".
    private mutating func word(_ first: UInt8) throws(Unterminated) -> SQLToken.Kind {
        let lower = first | 0x20
        if byte(at + 1) == UInt8(ascii: "'"), [UInt8(ascii: "e"), UInt8(ascii: "b"), UInt8(ascii: "x"), UInt8(ascii: "n")].contains(lower) {
            at += 1
            try quoted(UInt8(ascii: "'"), escapes: lower == UInt8(ascii: "e"), what: "string")
            return .string
        }
        if lower == UInt8(ascii: "u"), byte(at + 1) == UInt8(ascii: "&") {
            let quote = byte(at + 2)
            if quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
                at += 2
                try quoted(quote, escapes: false, what: "string")
                return quote == UInt8(ascii: "'") ? .string : .quotedIdentifier
            }
        }
        while Self.isIdentifierPart(byte(at)) || byte(at) == UInt8(ascii: "$") { at += 1 }
        return .word
    }

    /// Starts at the opening quote. A doubled quote stands for itself.
    private mutating func quoted(_ quote: UInt8, escapes: Bool, what: String) throws(Unterminated) {
        let start = at
        at += 1
        while at < bytes.count {
            let c = bytes[at]
            at += 1
            if escapes, c == UInt8(ascii: "\\") {
                at += 1
            } else if c == quote {
                if byte(at) != quote { return }
                at += 1
            }
        }
        throw Unterminated(what: what, offset: start)
    }

    private mutating func blockComment() throws(Unterminated) {
        let start = at
        var depth = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "/"), byte(at + 1) == UInt8(ascii: "*") {
                depth += 1
                at += 2
            } else if bytes[at] == UInt8(ascii: "*"), byte(at + 1) == UInt8(ascii: "/") {
                depth -= 1
                at += 2
                if depth == 0 { return }
            } else {
                at += 1
            }
        }
        throw Unterminated(what: "comment", offset: start)
    }

    private mutating func dollar() throws(Unterminated) -> SQLToken.Kind {
        let start = at
        at += 1
        if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte(at)) {
            while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte(at)) { at += 1 }
            return .parameter
        }
        var end = at
        if Self.isIdentifierStart(byte(end)) {
            while Self.isIdentifierPart(byte(end)) { end += 1 }
        }
        guard byte(end) == UInt8(ascii: "$") else { return .symbol }
        let tag = bytes[start...end]
        at = end + 1
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "$"), at + tag.count <= bytes.count, bytes[at..<(at + tag.count)].elementsEqual(tag) {
                at += tag.count
                return .dollarString
            }
            at += 1
        }
        throw Unterminated(what: "dollar-quoted string \(String(decoding: tag, as: UTF8.self))", offset: start)
    }

    static func isSpace(_ c: UInt8) -> Bool { c == 32 || (9...13).contains(c) }

    static func isIdentifierStart(_ c: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(c) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(c)
            || c == UInt8(ascii: "_") || c >= 0x80
    }

    static func isIdentifierPart(_ c: UInt8) -> Bool {
        isIdentifierStart(c) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(c)
    }
}
