import CLibPQ

/// One row of a result. Columns are counted from 0.
public struct PostgresRow: Sendable {
    let storage: ResultStorage
    let index: Int

    public var count: Int { storage.columnCount }

    public func get<T: PostgresDecodable>(_ column: Int, as type: T.Type = T.self) throws(PostgresError) -> T {
        try T(postgres: try cell(column))
    }

    public func get<T: PostgresDecodable>(_ column: String, as type: T.Type = T.self) throws(PostgresError) -> T {
        guard let index = try storage.column(named: column) else {
            let names = (0..<count).map { String(cString: PQfname(storage.result, Int32($0))) }
            throw PostgresError(
                .decoding, "no column is named \(column)", detail: "columns: \(names.joined(separator: ", "))")
        }
        return try T(postgres: storage.cell(row: self.index, column: index))
    }

    /// The value's text form (``PostgresCell/text``); nil for NULL, and for a column that does not exist.
    public func text(_ column: Int) -> String? {
        column >= 0 && column < count ? storage.cell(row: index, column: column).text : nil
    }

    public func cell(_ column: Int) throws(PostgresError) -> PostgresCell {
        guard column >= 0 && column < count else {
            throw PostgresError(.decoding, "there is no column \(column): the row has \(count), counted from 0")
        }
        return storage.cell(row: index, column: column)
    }
}

extension PostgresRow {
    /// The only row of the result.
    init(taking result: OpaquePointer) { self.init(storage: ResultStorage(result), index: 0) }
}
