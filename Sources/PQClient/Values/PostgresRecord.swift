/// The fields of a composite type's value, or of `ROW(…)`, as a tuple. Fields are read by position, because values do not carry their
/// names: `row.get(0, as: PostgresRecord<Int, String?>.self).fields`, and `[PostgresRecord<Int, String?>]` for an array.
///
/// A type of your own reads and writes the same form with ``PostgresCell/fields(_:)`` and ``PostgresValue/record(_:)``.
public struct PostgresRecord<each Field: PostgresCodable>: PostgresCodable {
    public var fields: (repeat each Field)

    public init(_ fields: repeat each Field) { self.fields = (repeat each fields) }

    public init(postgres cell: PostgresCell) throws(PostgresError) {
        fields = try cell.fields(repeat (each Field).self)
    }

    public var postgresValue: PostgresValue { .record(repeat each fields) }
}

extension PostgresCell {
    /// The fields of a composite value: `(street, number) = try cell.fields(String.self, Int?.self)`. There must be one type for each
    /// field.
    public func fields<each T: PostgresDecodable>(
        _ types: repeat (each T).Type
    ) throws(PostgresError) -> (repeat each T) {
        var expected = 0
        for _ in repeat each types { expected += 1 }
        let parts = try RecordText.parse(self, as: (repeat each T).self)
        guard parts.count == expected else {
            throw failure("'\(text?.prefix(60) ?? "")' has \(parts.count) fields and was read as \(expected)")
        }
        var index = -1
        func next<U: PostgresDecodable>(_ type: U.Type) throws(PostgresError) -> U {
            index += 1
            return try U(postgres: parts[index])
        }
        return (repeat try next(each types))
    }
}

extension PostgresValue {
    /// A value of a composite type from its fields in order. Where the statement implies no type, add a cast: `\(value)::address`.
    public static func record<each T: PostgresEncodable>(_ fields: repeat each T) -> PostgresValue {
        var values: [PostgresValue] = []
        for field in repeat each fields { values.append(field.postgresValue) }
        return .text(RecordText.format(values))
    }
}
