/// The SQL of an operation: statements separated by `;`, with variables that each run fills in.
///
/// `:name`, `:list.column` and `:random(low, high)` become $1, $2 … and are sent as text, so a cast beside the variable
/// (`:id::bigint`) gives its type. A colon inside a literal, a comment, `::` or `:=` is left alone.
struct SQLTemplate: Equatable, Sendable {
    struct Statement: Equatable, Sendable {
        /// With $1, $2 … in place of the variables.
        var sql: String
        var variables: [Expression]
    }
    var statements: [Statement] = []

    init() {}

    /// The variables that this operation may use.
    struct Scope {
        var names: Set<String>
        var lists: Set<String> = []
    }

    struct Problem: Error {
        var line, column: Int
        var message: String
    }

    init(_ text: String, scope: Scope) throws(Problem) {
        var cursor = TextCursor(text)
        var statement = Statement(sql: "", variables: [])
        while let character = cursor.peek {
            if let verbatim = cursor.sqlComment() ?? cursor.sqlLiteral() {
                statement.sql += verbatim
                cursor.advance(verbatim.count)
            } else if character == ";" {
                cursor.advance()
                close(&statement)
            } else if character == ":", cursor.peek(1) == ":" {
                statement.sql += "::"
                cursor.advance(2)
            } else if character == ":", let next = cursor.peek(1), next.isLetter || next == "_" {
                cursor.advance()
                let variable = try Self.variable(&cursor, scope)
                statement.sql += Self.placeholder(for: variable, in: &statement)
            } else {
                statement.sql.append(character)
                cursor.advance()
            }
        }
        close(&statement)
    }

    private mutating func close(_ statement: inout Statement) {
        let isBlank = statement.sql.allSatisfy(\.isWhitespace)
        if !isBlank {
            while statement.sql.first?.isWhitespace == true { statement.sql.removeFirst() }
            while statement.sql.last?.isWhitespace == true { statement.sql.removeLast() }
            statements.append(statement)
        }
        statement = Statement(sql: "", variables: [])
    }

    /// A variable that occurs twice is one parameter; each `:random` draws a number of its own.
    private static func placeholder(for variable: Expression, in statement: inout Statement) -> String {
        if case .random = variable {} else if let known = statement.variables.firstIndex(of: variable) { return "$\(known + 1)" }
        statement.variables.append(variable)
        return "$\(statement.variables.count)"
    }

    private static func variable(_ cursor: inout TextCursor, _ scope: Scope) throws(Problem) -> Expression {
        let (line, column) = (cursor.line, cursor.column)
        func problem(_ message: String) -> Problem { Problem(line: line, column: column, message: message) }
        func blanks() { while cursor.peek == " " { cursor.advance() } }
        func name() -> String {
            var text = ""
            while let character = cursor.peek, character.isLetter || character.isNumber || character == "_" {
                text.append(character)
                cursor.advance()
            }
            return text
        }
        func bound() throws(Problem) -> Expression {
            blanks()
            if cursor.peek == ":" { cursor.advance() }
            let text = name()
            blanks()
            if let value = Int(text) { return .number(value) }
            guard scope.names.contains(text) else { throw problem("random() takes numbers or known names; '\(text)' is neither") }
            return .name(text)
        }
        let word = name()
        if word == "random", cursor.peek == "(" {
            cursor.advance()
            let low = try bound()
            guard cursor.peek == "," else { throw problem("random(low, high) needs two bounds") }
            cursor.advance()
            let high = try bound()
            guard cursor.peek == ")" else { throw problem("random(low, high) needs a closing parenthesis") }
            cursor.advance()
            return .random(low, high)
        }
        if cursor.peek == ".", scope.lists.contains(word) {
            cursor.advance()
            let field = name()
            guard !field.isEmpty else { throw problem("':\(word).' needs the name of a captured column") }
            return .field(list: word, column: field)
        }
        guard scope.names.contains(word) else {
            let known = (scope.names.sorted().map { ":\($0)" } + scope.lists.sorted().map { ":\($0).<column>" } + [":random(low, high)"])
            throw problem("unknown variable ':\(word)'; known here: \(known.joined(separator: ", "))")
        }
        return .name(word)
    }
}
