/// A statement and its parameters.
///
/// As a literal, `"SELECT f(\(id), \(name))"` becomes `SELECT f($1, $2)` with two parameters: a value never becomes
/// part of the text. Names of tables and columns cannot be parameters; write `\(identifier: name)` (quoted) or
/// `\(unescaped: text)` (as it is).
///
/// Parameters are sent with their type where it is certain (``PostgresEncodable/parameterType``): integers, `Bool`, `UUID`, days,
/// intervals. Others, such as text, take the type that the statement implies; where it implies none, name it: `\(1.5, as: .float8)`.
public struct PostgresQuery: Sendable, Hashable {
    public var sql: String
    public var binds: [PostgresValue]
    /// The format of the result's values; nil for the connection's, which is text unless it was set otherwise.
    public var resultFormat: PostgresFormat?

    public init(_ sql: String, _ binds: [PostgresValue] = [], resultFormat: PostgresFormat? = nil) {
        self.sql = sql
        self.binds = binds
        self.resultFormat = resultFormat
    }

    /// The same statement with its result in `format`.
    public func answered(in format: PostgresFormat) -> PostgresQuery { PostgresQuery(sql, binds, resultFormat: format) }

    /// Whether the parameters of both have the same types.
    func hasTypes(of other: PostgresQuery) -> Bool { binds.elementsEqual(other.binds) { $0.typeOID == $1.typeOID } }
}

extension PostgresQuery: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self.init(value, []) }

    public init(stringInterpolation: StringInterpolation) {
        self.init(stringInterpolation.sql, stringInterpolation.binds)
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        var sql = ""
        var binds: [PostgresValue] = []
        private let capacity: Int

        public init(literalCapacity: Int, interpolationCount: Int) {
            capacity = literalCapacity + interpolationCount * 3
            binds.reserveCapacity(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { sql += literal }

        public mutating func appendInterpolation(_ value: some PostgresEncodable) {
            append(value.postgresValue)
        }

        /// nil is sent as NULL. Without this overload the compiler reports an optional in a literal as a mistake.
        public mutating func appendInterpolation<T: PostgresEncodable>(_ value: T?) {
            append(value.postgresValue)
        }

        /// A parameter in text form with the type given.
        public mutating func appendInterpolation(_ value: some PostgresEncodable, as type: PostgresType) {
            append(value.postgresValue.typed(type))
        }

        /// nil is sent as a NULL of that type.
        public mutating func appendInterpolation<T: PostgresEncodable>(_ value: T?, as type: PostgresType) {
            append(value.postgresValue.typed(type))
        }

        public mutating func appendInterpolation(_ value: PostgresValue) { append(value) }

        public mutating func appendInterpolation(unescaped text: String) { sql += text }

        public mutating func appendInterpolation(identifier name: String) {
            sql += PostgresQuery.quoteIdentifier(name)
        }

        mutating func append(_ value: PostgresValue) {
            // Not earlier: the first literal is taken over as it is, and copied once.
            if binds.isEmpty { sql.reserveCapacity(capacity) }
            binds.append(value)
            sql += binds.count < Self.placeholders.count ? Self.placeholders[binds.count] : "$\(binds.count)"
        }

        private static let placeholders = (0...100).map { "$\($0)" }
    }
}

extension PostgresQuery {
    /// `name` as an identifier, in double quotes.
    public static func quoteIdentifier(_ name: String) -> String { "\"" + name.doubling("\"") + "\"" }

    /// `text` as a string literal, for the few statements that take no parameters (SET, COPY options, DDL).
    public static func quoteLiteral(_ text: String) -> String {
        let quoted = "'" + text.doubling("'") + "'"
        return text.utf8.contains(UInt8(ascii: "\\")) ? " E" + quoted.doubling("\\") : quoted
    }
}

extension String {
    /// With each of the marks doubled. By scalars, as the server reads: a quote followed by a combining character is a different
    /// `Character`.
    func doubling(_ marks: Unicode.Scalar...) -> String {
        var text = ""
        text.reserveCapacity(utf8.count + 2)
        for scalar in unicodeScalars {
            if marks.contains(scalar) { text.unicodeScalars.append(scalar) }
            text.unicodeScalars.append(scalar)
        }
        return text
    }
}
