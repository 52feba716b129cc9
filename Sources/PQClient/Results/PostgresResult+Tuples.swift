/// Rows as tuples, one type per column, in order: `for (id, name) in try result.decode(Int.self, String?.self) { … }`.
///
/// A row must have as many columns as there are types. A value that cannot be read as its type is an error of kind `decoding` that names
/// the row, the column and the value.
extension PostgresResult {
    public func decode<each T: PostgresDecodable>(
        _ types: repeat (each T).Type
    ) throws(PostgresError) -> [(repeat each T)] {
        var rows: [(repeat each T)] = []
        rows.reserveCapacity(rowCount)
        for row in self { rows.append(try row.decode(repeat each types)) }
        return rows
    }

    /// The same with the types as one tuple: `result.decode((Int, String?).self)`.
    public func decode<First: PostgresDecodable, Second: PostgresDecodable, each T: PostgresDecodable>(
        _ type: (First, Second, repeat each T).Type
    ) throws(PostgresError) -> [(First, Second, repeat each T)] {
        try decode(First.self, Second.self, repeat (each T).self)
    }
}

extension PostgresRow {
    /// The row as a tuple: `let (id, name) = try row.decode(Int.self, String?.self)`.
    public func decode<each T: PostgresDecodable>(
        _ types: repeat (each T).Type
    ) throws(PostgresError) -> (repeat each T) {
        var expected = 0
        for _ in repeat each types { expected += 1 }
        guard expected == count else {
            throw PostgresError(.decoding, "row \(index) has \(count) columns and was read as \(expected)")
        }
        var column = -1
        func next<U: PostgresDecodable>(_ type: U.Type) throws(PostgresError) -> U {
            column += 1
            return try U(postgres: storage.cell(row: index, column: column))
        }
        return (repeat try next(each types))
    }

    /// The same with the types as one tuple: `row.decode((Int, String?).self)`.
    public func decode<First: PostgresDecodable, Second: PostgresDecodable, each T: PostgresDecodable>(
        _ type: (First, Second, repeat each T).Type
    ) throws(PostgresError) -> (First, Second, repeat each T) {
        try decode(First.self, Second.self, repeat (each T).self)
    }
}
