/// What a step answered: all of its rows, or its error.
public struct StepResult: Sendable, Hashable, Codable {
    /// Each row as text, fields separated by `|`.
    public var rows: [String] = []
    public var sqlState: String?
    public var message: String?
    var accesses: [RecordedAccess] = []

    init(_ answers: [LabResult], ignoring columns: Set<String>, recordingAccesses: Bool) {
        for answer in answers {
            if answer.isError {
                sqlState = answer.sqlState ?? "?????"
                message = answer.primary ?? answer.text
            } else if answer.hasRows {
                if recordingAccesses { accesses += answer.accesses }
                let compared = (0..<answer.columnCount).filter { columns.isEmpty || !columns.contains(answer.columnName($0)) }
                for row in 0..<answer.rowCount {
                    rows.append(compared.map { answer.value(row, $0) ?? "NULL" }.joined(separator: "|"))
                }
            }
        }
    }

    init(sqlState: String, message: String) {
        self.sqlState = sqlState
        self.message = message
    }

    /// It has no rows, or only nulls in them.
    var isEmpty: Bool { sqlState == nil && rows.allSatisfy { $0.split(separator: "|").allSatisfy { $0 == "NULL" } } }

    public static func == (one: StepResult, other: StepResult) -> Bool { one.rows == other.rows && one.sqlState == other.sqlState }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(rows)
        hasher.combine(sqlState)
    }

    /// One line for people.
    public var summary: String {
        if let sqlState { return "\(sqlState) \(message ?? "")" }
        return rows.allSatisfy(\.isEmpty) ? "done" : rows.joined(separator: ", ")
    }
}
