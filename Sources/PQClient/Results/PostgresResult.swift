import CLibPQ

/// The result of one statement. Values are decoded when they are read.
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
        precondition(index >= 0 && index < rowCount, "there is no row \(index) in a result of \(rowCount) rows")
        return PostgresRow(storage: storage, index: index)
    }

    public var first: PostgresRow? { isEmpty ? nil : self[0] }

    /// The only row, or an error that says how many there are.
    public func single() throws(PostgresError) -> PostgresRow {
        guard rowCount == 1 else { throw PostgresError(.decoding, "one row was expected, and the statement returned \(rowCount)") }
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
