import CLibPQ
import Foundation

/// What one statement gave back. Values are read from the server's answer when they are asked for.
public struct PostgresResult: Sendable {
    let storage: ResultStorage

    init(taking result: OpaquePointer) { storage = ResultStorage(result) }

    public var columns: [String] {
        (0..<storage.columnCount).map { String(cString: PQfname(storage.result, Int32($0))) }
    }

    /// Object ids of the columns' types.
    public var columnTypes: [UInt32] {
        (0..<storage.columnCount).map { PQftype(storage.result, Int32($0)) }
    }

    public var rowCount: Int { storage.rowCount }
    public var isEmpty: Bool { rowCount == 0 }

    /// e.g. `INSERT 0 3`; empty for an empty statement.
    public var commandTag: String { String(cString: PQcmdStatus(storage.result)) }

    /// Rows that the statement inserted, updated, deleted, merged, moved, fetched or selected.
    public var affectedRows: Int { Int(String(cString: PQcmdTuples(storage.result))) ?? 0 }

    /// The row at `index`, counted from 0.
    public subscript(index: Int) -> PostgresRow {
        precondition(index >= 0 && index < rowCount, "row \(index) of a result of \(rowCount)")
        return PostgresRow(storage: storage, index: index)
    }

    public var first: PostgresRow? { isEmpty ? nil : self[0] }

    /// The only row, or an error that says how many there are.
    public func single() throws(PostgresError) -> PostgresRow {
        guard rowCount == 1 else { throw PostgresError(.decoding, "one row expected, the statement gave \(rowCount)") }
        return self[0]
    }
}

extension PostgresResult: Sequence {
    public struct Iterator: IteratorProtocol {
        let storage: ResultStorage
        var index = 0

        public mutating func next() -> PostgresRow? {
            guard index < storage.rowCount else { return nil }
            defer { index += 1 }
            return PostgresRow(storage: storage, index: index)
        }
    }

    public func makeIterator() -> Iterator { Iterator(storage: storage) }
    public var underestimatedCount: Int { rowCount }
}

/// Owns libpq's result, which nobody changes once it is complete, so it may be read from any thread.
final class ResultStorage: Sendable {
    nonisolated(unsafe) let result: OpaquePointer
    let rowCount: Int
    let columnCount: Int
    let format: PostgresFormat

    init(_ result: OpaquePointer) {
        self.result = result
        rowCount = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
        format = PQbinaryTuples(result) == 1 ? .binary : .text
    }

    deinit { PQclear(result) }

    func cell(row: Int, column: Int) -> PostgresCell {
        let (row, field) = (Int32(row), Int32(column))
        let bytes =
            PQgetisnull(result, row, field) == 1
            ? nil : UnsafeRawBufferPointer(start: PQgetvalue(result, row, field), count: Int(PQgetlength(result, row, field)))
        return PostgresCell(owner: self, bytes: bytes, typeOID: PQftype(result, field), format: format, row: row, column: field)
    }

    func columnName(_ column: Int) -> String? { PQfname(result, Int32(column)).map { String(cString: $0) } }

    func columnType(_ column: Int) -> UInt32 { PQftype(result, Int32(column)) }

    func column(named name: String) -> Int? {
        (0..<columnCount).first { strcmp(PQfname(result, Int32($0)), name) == 0 }
    }
}

/// One row of a result. Columns are counted from 0.
public struct PostgresRow: Sendable {
    let storage: ResultStorage
    let index: Int

    public var count: Int { storage.columnCount }

    public func get<T: PostgresDecodable>(_ column: Int, as type: T.Type = T.self) throws(PostgresError) -> T {
        try T(postgres: try cell(column))
    }

    public func get<T: PostgresDecodable>(_ column: String, as type: T.Type = T.self) throws(PostgresError) -> T {
        guard let index = storage.column(named: column) else {
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
            throw PostgresError(.decoding, "column \(column) was asked for, the row has \(count), counted from 0")
        }
        return storage.cell(row: index, column: column)
    }
}
