import CLibPQ
import Foundation

/// Owns a result of libpq, which no longer changes once it is complete and so may be read from any thread.
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

    func column(named name: String) throws(PostgresError) -> Int? {
        var found: Int?
        for column in 0..<columnCount where strcmp(PQfname(result, Int32(column)), name) == 0 {
            guard found == nil else {
                throw PostgresError(
                    .decoding, "several columns are named \"\(name)\"",
                    hint: "rename them in the statement, with AS, or get them by number")
            }
            found = column
        }
        return found
    }
}
