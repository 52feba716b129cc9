/// What a step answered: all of its rows, or its error.
public struct StepResult: Sendable, Hashable, Codable {
    /// Each row as text, fields separated by `|`.
    public var rows: [String] = []
    public var sqlState: String?
    public var message: String?
    var accesses: [RecordedAccess] = []
    /// It did nothing but begin or end a transaction, or set something.
    var isControl = false
    /// Its statements say in which order their rows come.
    private var isOrdered = false

    private static let control: Set<String> = [
        "BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "RESET", "DISCARD ALL",
    ]

    init(_ answers: [LabResult], isOrdered: Bool = false, ignoring columns: Set<String>, recordingAccesses: Bool) {
        self.isOrdered = isOrdered
        isControl = answers.allSatisfy { Self.control.contains($0.command) }
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

    /// Without ORDER BY, rows may come in any order.
    private var comparedRows: [String] { isOrdered ? rows : rows.sorted() }

    /// The same rows in any order, or the same error.
    func answersLike(_ other: StepResult) -> Bool { rows.sorted() == other.rows.sorted() && sqlState == other.sqlState }

    public static func == (one: StepResult, other: StepResult) -> Bool {
        one.comparedRows == other.comparedRows && one.sqlState == other.sqlState
    }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(comparedRows)
        hasher.combine(sqlState)
    }

    /// One line for people.
    public var summary: String {
        if let sqlState { return "\(sqlState) \(message ?? "")" }
        return rows.allSatisfy(\.isEmpty) ? "done" : rows.joined(separator: ", ")
    }
}
