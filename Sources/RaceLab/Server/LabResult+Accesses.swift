extension LabResult {
    /// The accesses that the rows name; none when the answer has no column `race_key`.
    var accesses: [RecordedAccess] {
        let columns = (0..<columnCount).map(columnName)
        guard let key = columns.firstIndex(of: "race_key") else { return [] }
        func number(_ row: Int, _ name: String) -> Int64? { columns.firstIndex(of: name).flatMap { value(row, $0) }.flatMap { Int64($0) } }
        return (0..<rowCount).compactMap { row in
            value(row, key).map { RecordedAccess(key: $0, read: number(row, "race_read"), write: number(row, "race_write")) }
        }
    }
}
