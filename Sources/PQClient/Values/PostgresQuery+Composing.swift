/// Statements from parts. A part keeps its parameters: `"SELECT … WHERE a = \(a) \(filter)"`, `query + filter`,
/// `filters.joined(separator: " AND ")`.
extension PostgresQuery {
    /// Both texts one after the other; the parameters of the second are numbered after those of the first.
    public static func + (left: PostgresQuery, right: PostgresQuery) -> PostgresQuery {
        var sum = left
        sum += right
        return sum
    }

    public static func += (left: inout PostgresQuery, right: PostgresQuery) {
        left.sql += right.binds.isEmpty || left.binds.isEmpty ? right.sql : PlaceholderText.shifted(right.sql, by: left.binds.count)
        left.binds += right.binds
        left.resultFormat = left.resultFormat ?? right.resultFormat
    }
}

extension Sequence<PostgresQuery> {
    public func joined(separator: String = "") -> PostgresQuery {
        var all = PostgresQuery("")
        for (index, part) in enumerated() {
            if index > 0 { all.sql += separator }
            all += part
        }
        return all
    }
}

extension PostgresQuery.StringInterpolation {
    /// A part with parameters of its own.
    public mutating func appendInterpolation(_ part: PostgresQuery) {
        sql += binds.isEmpty || part.binds.isEmpty ? part.sql : PlaceholderText.shifted(part.sql, by: binds.count)
        binds += part.binds
    }

    /// `WHERE id \(in: ids)`: any of the values, which are one parameter. None of an empty array.
    public mutating func appendInterpolation<T: PostgresEncodable>(in values: [T]) {
        sql += "= ANY("
        append(values.postgresValue)
        sql += ")"
    }

    /// `WHERE id \(notIn: ids)`: none of the values. Every value for an empty array.
    public mutating func appendInterpolation<T: PostgresEncodable>(notIn values: [T]) {
        sql += "<> ALL("
        append(values.postgresValue)
        sql += ")"
    }

    /// A parameter that is the JSON of the value, for json and jsonb. Throws a ``PostgresError`` of kind `usage` if there is none:
    /// `try "INSERT INTO event VALUES (\(json: event))"`.
    public mutating func appendInterpolation(json value: some Encodable) throws {
        append(try PostgresJSON(encoding: value).postgresValue)
    }
}
