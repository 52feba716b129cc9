/// An error in talking to PostgreSQL: one that the server reported, with its fields, or one of the connection or of the client.
@dynamicMemberLookup
public struct PostgresError: Error, Sendable, Hashable {
    public enum Kind: String, Sendable {
        /// The server refused a statement; `sqlState` says why. The connection stays usable.
        case server
        /// There is no connection, or it broke. It is not known whether the last statement took effect.
        case connection
        /// Server and client disagree about the protocol.
        case protocolViolation
        /// A value cannot be read as the type that was asked for.
        case decoding
        /// A time limit passed.
        case timeout
        /// The task was cancelled; the statement was cancelled on the server too.
        case cancelled
        /// The connection broke while COMMIT was under way: the transaction may or may not have been committed.
        case outcomeUnknown
        /// The call itself was wrong; nothing was sent.
        case usage
    }

    /// The fields of an error; each is read and set on the error itself.
    public struct Fields: Sendable, Hashable {
        public var kind: Kind
        public var sqlState: String?
        public var message: String
        public var detail: String?
        public var hint: String?
        /// The call stack inside the server, e.g. the PL/pgSQL function and line.
        public var context: String?
        /// Where the error is in the SQL text, in characters from 1.
        public var position: Int?
        /// The failed statement inside a function, and where the error is in it.
        public var internalQuery: String?
        public var internalPosition: Int?
        public var severity: String?
        public var schema: String?
        public var table: String?
        public var column: String?
        public var dataType: String?
        public var constraint: String?
        /// A prepared statement was lost, or its columns have changed; it is prepared again when it is next used.
        var isStale = false
    }

    /// One pointer wide, because every call that can fail reserves room for it, and few calls fail.
    private indirect enum Storage: Sendable, Hashable { case fields(Fields) }

    private var storage: Storage

    public subscript<Value>(dynamicMember field: WritableKeyPath<Fields, Value>) -> Value {
        get {
            switch storage {
            case .fields(let fields): fields[keyPath: field]
            }
        }
        set {
            switch storage {
            case .fields(var fields):
                fields[keyPath: field] = newValue
                storage = .fields(fields)
            }
        }
    }

    public init(
        _ kind: Kind, _ message: String, sqlState: String? = nil, detail: String? = nil, hint: String? = nil,
        context: String? = nil, position: Int? = nil
    ) {
        storage = .fields(
            Fields(kind: kind, sqlState: sqlState, message: message, detail: detail, hint: hint, context: context, position: position))
    }

    /// A serialization failure or a deadlock: the whole transaction may be retried, because none of it took effect.
    public var isRetryable: Bool {
        self.kind == .server && (self.sqlState == "40001" || self.sqlState == "40P01")
    }
}

extension PostgresError {
    /// The server ends the session with it.
    var isLastWords: Bool { self.severity == "FATAL" || self.severity == "PANIC" }

    /// The error itself, or the one that it wraps.
    init?(wrappedIn error: any Error) {
        guard let found = (error as? PostgresError) ?? (error as? any PostgresErrorWrapper)?.postgresError else { return nil }
        self = found
    }
}

extension PostgresError: CustomStringConvertible {
    /// The message with the SQLSTATE, then detail and hint on lines of their own.
    public var description: String {
        var text = self.message
        if let sqlState = self.sqlState { text += " (SQLSTATE \(sqlState))" }
        if let detail = self.detail { text += "\n  detail: \(detail)" }
        if let hint = self.hint { text += "\n  hint: \(hint)" }
        return text
    }
}
