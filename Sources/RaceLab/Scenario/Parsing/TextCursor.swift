// A place in a text that knows its line and column, and where SQL literals that begin at it end.

struct TextCursor {
    private let characters: [Character]
    private(set) var index = 0
    private(set) var line = 1
    private(set) var column = 1

    init(_ text: String) { characters = Array(text) }

    var peek: Character? { index < characters.count ? characters[index] : nil }

    func peek(_ offset: Int) -> Character? {
        let at = index + offset
        return at >= 0 && at < characters.count ? characters[at] : nil
    }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where index < characters.count {
            if characters[index].isNewline {
                line += 1
                column = 1
            } else {
                column += 1
            }
            index += 1
        }
    }

    func starts(with text: String) -> Bool { matches(text, at: index) }

    private func matches(_ text: String, at start: Int) -> Bool {
        guard start + text.count <= characters.count else { return false }
        return zip(text, characters[start...]).allSatisfy { $0 == $1 }
    }

    /// `$tag$` at the cursor. `$1` is a parameter and a dollar inside a name is part of the name; neither opens a string.
    func dollarTag() -> String? {
        if let before = peek(-1), before.isLetter || before.isNumber || before == "_" { return nil }
        var tag = "$"
        var at = 1
        while let character = peek(at) {
            tag.append(character)
            if character == "$" { return tag }
            guard character.isLetter || character == "_" || (at > 1 && character.isNumber) else { return nil }
            at += 1
        }
        return nil
    }

    /// The quoted or dollar-quoted SQL literal that begins at the cursor, quotes included; nil when none begins or it is not closed.
    func sqlLiteral() -> String? {
        if let tag = dollarTag() {
            var at = index + tag.count
            while at < characters.count {
                if matches(tag, at: at) { return String(characters[index..<(at + tag.count)]) }
                at += 1
            }
            return nil
        }
        guard let quote = peek, quote == "'" || quote == "\"" else { return nil }
        let before = peek(-1)
        let backslashes = quote == "'" && (before == "E" || before == "e")
        var at = index + 1
        while at < characters.count {
            if backslashes && characters[at] == "\\" {
                at += 2
            } else if characters[at] == quote {
                guard at + 1 < characters.count, characters[at + 1] == quote else { return String(characters[index...at]) }
                at += 2
            } else {
                at += 1
            }
        }
        return nil
    }

    /// The SQL comment that begins at the cursor, without the newline that ends a line comment.
    func sqlComment() -> String? {
        guard starts(with: "--") || starts(with: "/*") else { return nil }
        let block = starts(with: "/*")
        var at = index + 2
        var depth = 1
        while at < characters.count {
            if block {
                if matches("/*", at: at) {
                    depth += 1
                    at += 2
                    continue
                }
                if matches("*/", at: at) {
                    depth -= 1
                    at += 2
                    if depth == 0 { break }
                    continue
                }
            } else if characters[at].isNewline {
                break
            }
            at += 1
        }
        return String(characters[index..<min(at, characters.count)])
    }
}
