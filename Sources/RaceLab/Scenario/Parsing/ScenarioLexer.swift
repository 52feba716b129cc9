// Words, strings, numbers, punctuation and SQL blocks of a scenario file, each with the place it stands at.
//
// A block is everything between braces, trimmed. isolationtester ends a block at the first `}`; here a brace inside a quoted or
// dollar-quoted SQL string does not, so that JSON and array literals can be written. A file that isolationtester accepts reads the same.

struct ScenarioLexer {
    private let file: String
    private var cursor: TextCursor

    init(file: String, text: String) {
        self.file = file
        cursor = TextCursor(text)
    }

    static func tokens(file: String, text: String) throws(ScenarioError) -> [ScenarioToken] {
        var lexer = ScenarioLexer(file: file, text: text)
        var tokens: [ScenarioToken] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private mutating func next() throws(ScenarioError) -> ScenarioToken {
        skipBlanksAndComments()
        var token = ScenarioToken(kind: .end, line: cursor.line, column: cursor.column)
        guard let first = cursor.peek else { return token }
        if first == "{" { return try block(from: token) }
        if first == "\"" || first == "'" {
            token.kind = .string(try quoted(by: first, from: token))
        } else if first == "$", let tag = cursor.dollarTag() {
            token.kind = .string(try dollarQuoted(tag: tag, from: token))
        } else if first.isNumber {
            let digits = take { $0.isNumber }
            guard let value = Int(digits) else { throw error(token, "\(digits) is not a number this program can hold") }
            token.kind = .number(value)
        } else if first.isLetter || first == "_" {
            token.kind = .word(take { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" })
        } else if "(),.=*".contains(first) {
            cursor.advance()
            token.kind = .mark(first)
        } else {
            throw error(token, "'\(first)' is not expected here")
        }
        return token
    }

    private mutating func skipBlanksAndComments() {
        while let character = cursor.peek {
            if character == "#" {
                while let next = cursor.peek, next != "\n" { cursor.advance() }
            } else if character.isWhitespace {
                cursor.advance()
            } else {
                return
            }
        }
    }

    private mutating func take(while condition: (Character) -> Bool) -> String {
        var text = ""
        while let character = cursor.peek, condition(character) {
            text.append(character)
            cursor.advance()
        }
        return text
    }

    private mutating func quoted(by quote: Character, from start: ScenarioToken) throws(ScenarioError) -> String {
        var text = ""
        cursor.advance()
        while let character = cursor.peek {
            cursor.advance()
            guard character == quote else {
                text.append(character)
                continue
            }
            guard cursor.peek == quote else { return text }
            text.append(quote)
            cursor.advance()
        }
        throw error(start, "this string has no closing \(quote)")
    }

    private mutating func dollarQuoted(tag: String, from start: ScenarioToken) throws(ScenarioError) -> String {
        cursor.advance(tag.count)
        var text = ""
        while let character = cursor.peek {
            if cursor.starts(with: tag) {
                cursor.advance(tag.count)
                return text
            }
            text.append(character)
            cursor.advance()
        }
        throw error(start, "this string has no closing \(tag)")
    }

    private mutating func block(from start: ScenarioToken) throws(ScenarioError) -> ScenarioToken {
        cursor.advance()
        var before = ""
        while let character = cursor.peek, character.isWhitespace {
            before.append(character)
            cursor.advance()
        }
        var token = start
        (token.textLine, token.textColumn) = (cursor.line, cursor.column)
        var text = ""
        while let character = cursor.peek, character != "}" {
            if cursor.starts(with: "--") {
                // An apostrophe in a comment opens no string, and a brace there ends the block as it does for isolationtester.
                text += take { !$0.isNewline && $0 != "}" }
            } else if cursor.starts(with: "/*"), let comment = cursor.sqlComment() {
                text += comment
                cursor.advance(comment.count)
            } else if character == "'" || character == "\"" || character == "$", let literal = cursor.sqlLiteral() {
                text += literal
                cursor.advance(literal.count)
            } else {
                text.append(character)
                cursor.advance()
            }
        }
        guard cursor.peek == "}" else { throw error(start, "this block has no closing }") }
        cursor.advance()
        let blanks: (Character) -> Bool = { " \t\r\u{c}".contains($0) }
        var asWritten = (before + text)[...].drop(while: blanks)
        while let last = asWritten.last, blanks(last) { asWritten.removeLast() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        token.kind = .block(text, asWritten: String(asWritten))
        return token
    }

    private func error(_ token: ScenarioToken, _ message: String) -> ScenarioError {
        ScenarioError(file: file, line: token.line, column: token.column, message: message)
    }
}
