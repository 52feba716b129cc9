/// Any number of statements without parameters.
///
/// As a literal it takes no plain values, so a value of a user cannot become SQL by mistake: `"SET ROLE \(identifier: role)"` quotes a name
/// and `"SET work_mem = \(literal: size)"` a text, `\(unescaped: text)` is SQL as it is, and so is `PostgresScript(text)`. For values that
/// are parameters use ``PostgresQuery``.
public struct PostgresScript: Sendable, Hashable {
    public var sql: String

    public init(_ sql: String) { self.sql = sql }
}

extension PostgresScript: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self.init(value) }

    public init(stringInterpolation: StringInterpolation) { self.init(stringInterpolation.sql) }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sql = ""

        public init(literalCapacity: Int, interpolationCount: Int) { sql.reserveCapacity(literalCapacity) }

        public mutating func appendLiteral(_ literal: String) { sql += literal }

        public mutating func appendInterpolation(identifier name: String) { sql += PostgresQuery.quoteIdentifier(name) }

        public mutating func appendInterpolation(literal text: String) { sql += PostgresQuery.quoteLiteral(text) }

        public mutating func appendInterpolation(unescaped text: String) { sql += text }
    }
}
