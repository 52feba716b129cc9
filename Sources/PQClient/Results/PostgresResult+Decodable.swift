/// Rows as values of a `Decodable` type, whose keys are the columns' names.
///
/// A key is looked for as it is written and then in snake case: `createdAt` reads the column `created_at`. Columns without a key are
/// ignored; a key without a column is an error unless its property is optional, as with other decoders. A json or jsonb column is decoded
/// from its JSON, dates in ISO 8601, unless it is read as `String` or ``PostgresJSON``. A type without keys (`Int`, an enum of strings)
/// reads a result with one column.
///
/// Errors are of kind `decoding` and name row, column and value.
extension PostgresResult {
    public func decode<T: Decodable>(as type: T.Type) throws(PostgresError) -> [T] {
        let columns = ColumnIndex(storage)
        var values: [T] = []
        values.reserveCapacity(rowCount)
        for row in 0..<rowCount { values.append(try RowDecoder(columns: columns, row: row).decode(type)) }
        return values
    }
}

extension PostgresRow {
    /// The row as a value of `type`; see ``PostgresResult/decode(as:)``, which is faster for many rows.
    public func decode<T: Decodable>(as type: T.Type) throws(PostgresError) -> T {
        try RowDecoder(columns: ColumnIndex(storage), row: index).decode(type)
    }
}
