import CLibPQ

/// One answer of the server, as libpq holds it.
final class LabResult {
    private let result: OpaquePointer?

    init(_ result: OpaquePointer?) { self.result = result }
    deinit { PQclear(result) }

    var status: ExecStatusType { PQresultStatus(result) }
    var isError: Bool { status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_NONFATAL_ERROR }
    var hasRows: Bool { status == PGRES_TUPLES_OK }
    var rowCount: Int { Int(PQntuples(result)) }
    var columnCount: Int { Int(PQnfields(result)) }
    /// libpq's whole message, with the newline that ends it.
    var text: String { String(cString: PQresultErrorMessage(result)) }
    var severity: String? { field(CChar(UInt8(ascii: "S"))) }
    var primary: String? { field(CChar(UInt8(ascii: "M"))) }
    var sqlState: String? { field(CChar(UInt8(ascii: "C"))) }

    private func field(_ code: CChar) -> String? { PQresultErrorField(result, Int32(code)).map { String(cString: $0) } }

    /// The command tag: INSERT 0 1, COMMIT.
    var command: String { result.map { String(cString: PQcmdStatus($0)) } ?? "" }

    func columnName(_ column: Int) -> String { String(cString: PQfname(result, Int32(column))) }

    func value(_ row: Int, _ column: Int) -> String? {
        guard PQgetisnull(result, Int32(row), Int32(column)) == 0 else { return nil }
        return String(cString: PQgetvalue(result, Int32(row), Int32(column)))
    }

    /// As libpq's PQprint lays out rows with a header, aligned, with `|` between columns: what isolationtester's expected files hold.
    var table: String {
        let columns = 0..<columnCount
        let cells = (0..<rowCount).map { row in columns.map { value(row, $0) ?? "" } }
        let names = columns.map { columnName($0) }
        let widths = columns.map { column in cells.reduce(names[column].utf8.count) { max($0, $1[column].utf8.count) } }
        let isText = columns.map { column in cells.contains { !$0[column].isEmpty && !Self.looksNumeric($0[column]) } }
        func line(_ values: [String]) -> String {
            columns.map { column in
                let blanks = String(repeating: " ", count: widths[column] - values[column].utf8.count)
                return isText[column] ? values[column] + blanks : blanks + values[column]
            }.joined(separator: "|") + "\n"
        }
        return line(names) + widths.map { String(repeating: "-", count: $0) }.joined(separator: "+") + "\n"
            + cells.map(line).joined() + "(\(rowCount) row\(rowCount == 1 ? "" : "s"))\n\n"
    }

    /// What libpq takes for a number: only characters of one, no E at the beginning, and a digit at the end.
    private static func looksNumeric(_ value: String) -> Bool {
        guard let first = value.utf8.first, let last = value.utf8.last else { return true }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return first != UInt8(ascii: "E") && first != UInt8(ascii: "e") && digits.contains(last)
            && value.utf8.allSatisfy { digits.contains($0) || ".Ee -".utf8.contains($0) }
    }
}
