/// What went wrong, where, and how to fix it. One error may carry several problems, so that a user can fix them all at once.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable, Codable {
        /// The steps themselves are wrong: file, line, reason.
        case badInput
        /// The database's history and the steps disagree, or a verify statement did not return true.
        case drift
        case database
        /// The runner's lock, or a lock that a step needs, was not obtained in time.
        case lock
        /// Stopped by the user between or inside statements.
        case interrupted
    }

    public struct Problem: Sendable, Codable, Equatable, CustomStringConvertible {
        public var file: String?
        public var line: Int?
        public var column: Int?
        public var message: String
        /// What to do about it.
        public var hint: String?
        public var sqlState: String?

        public init(
            _ message: String, file: String? = nil, line: Int? = nil, column: Int? = nil, hint: String? = nil,
            sqlState: String? = nil
        ) {
            self.message = message
            self.file = file
            self.line = line
            self.column = column
            self.hint = hint
            self.sqlState = sqlState
        }

        public var description: String {
            var text = ""
            if let file {
                text += file
                if let line { text += ":\(line)" }
                if let column { text += ":\(column)" }
                text += ": "
            }
            text += message
            if let sqlState { text += " (SQLSTATE \(sqlState))" }
            if let hint { text += "\n  hint: " + hint.replacing("\n", with: "\n        ") }
            return text
        }
    }

    public var kind: Kind
    public var problems: [Problem]

    public init(_ kind: Kind, _ problems: [Problem]) {
        self.kind = kind
        self.problems = problems
    }

    public init(
        _ kind: Kind, _ message: String, file: String? = nil, line: Int? = nil, hint: String? = nil, sqlState: String? = nil
    ) {
        self.init(kind, [Problem(message, file: file, line: line, hint: hint, sqlState: sqlState)])
    }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
