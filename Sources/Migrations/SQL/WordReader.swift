/// Reads a statement word by word, for lint.
struct WordReader {
    private let statement: SQLStatement
    private(set) var position = 0

    init(_ statement: SQLStatement) { self.statement = statement }

    /// The next word, without consuming it.
    func peek() -> String {
        position < statement.tokens.count ? statement.value(statement.tokens[position]) : ""
    }

    mutating func next() -> String? {
        guard position < statement.tokens.count else { return nil }
        defer { position += 1 }
        return peek()
    }

    /// Consumes the words if all of them come next.
    mutating func skip(_ words: String...) -> Bool {
        let start = position
        for word in words {
            guard position < statement.tokens.count, statement.tokens[position].kind != .quotedIdentifier, peek() == word else {
                position = start
                return false
            }
            position += 1
        }
        return true
    }

    /// `schema.name`, folded as PostgreSQL folds it.
    mutating func name() -> String? {
        var parts: [String] = []
        while position < statement.tokens.count, [.word, .quotedIdentifier, .placeholder].contains(statement.tokens[position].kind) {
            parts.append(peek())
            position += 1
            guard skip(".") else { break }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ".")
    }

    mutating func skipParentheses() {
        guard skip("(") else { return }
        var depth = 1
        while depth > 0, let word = next() { depth += word == "(" ? 1 : word == ")" ? -1 : 0 }
    }

    struct Action {
        var words: [String]
        /// Of its first token.
        var position: Int
    }

    /// The rest, split at commas outside parentheses.
    mutating func actions() -> [Action] {
        var actions: [Action] = []
        var current = Action(words: [], position: position)
        var depth = 0
        while position < statement.tokens.count {
            let word = peek()
            if word == "(" { depth += 1 }
            if word == ")" { depth -= 1 }
            if word == ",", depth == 0 {
                actions.append(current)
                current = Action(words: [], position: position + 1)
            } else {
                current.words.append(word)
            }
            position += 1
        }
        return actions + [current]
    }
}
